package dev.gantry.it;

import dev.gantry.crash.Door;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A copy of the distribution whose classes pass a {@link Door} before every side effect. Nothing in
 * the daemon's own code is made for this: a new side effect has a point by itself, and one that
 * {@link SideEffects} cannot judge is refused.
 */
final class CrashDistribution {
  private static final Pattern OURS =
      Pattern.compile("(linux|image-service|cni-bridge|runtime-service|cri-server)-[0-9].*\\.jar");
  private static final ClassDesc DOOR = ClassDesc.of(Door.class.getName());
  private static final MethodTypeDesc ENTER =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String);

  private CrashDistribution() {}

  /** Makes it in {@code target}, with the cache that lets it start fast. */
  static Path make(Path original, Path target) throws IOException {
    for (String part : new String[] {"bin", "lib"}) {
      copy(original.resolve(part), Files.createDirectories(target.resolve(part)));
    }
    Path jar = target.resolve("lib/crash.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      String name = Door.class.getName().replace('.', '/') + ".class";
      out.putNextEntry(new JarEntry(name));
      try (InputStream in = Door.class.getClassLoader().getResourceAsStream(name)) {
        java.util.Objects.requireNonNull(in).transferTo(out);
      }
    }
    Commands.run(target.resolve("lib/make-aot-caches").toString());
    return target;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> entries = Files.list(from)) {
      for (Path entry : entries.toList()) {
        Path target = to.resolve(entry.getFileName());
        if (Files.isDirectory(entry)) {
          copy(entry, Files.createDirectories(target));
        } else if (OURS.matcher(entry.getFileName().toString()).matches()) {
          rewrite(entry, target);
        } else if (!entry.toString().endsWith(".aot")) {
          Files.copy(entry, target);
        }
      }
    }
  }

  private static void rewrite(Path from, Path to) throws IOException {
    try (JarFile jar = new JarFile(from.toFile());
        OutputStream file = Files.newOutputStream(to);
        JarOutputStream out = new JarOutputStream(file)) {
      out.setLevel(0);
      for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
        JarEntry entry = all.nextElement();
        byte[] bytes;
        try (InputStream in = jar.getInputStream(entry)) {
          bytes = in.readAllBytes();
        }
        out.putNextEntry(new JarEntry(entry.getName()));
        out.write(entry.getName().endsWith(".class") ? withDoors(bytes) : bytes);
      }
    }
  }

  private static byte[] withDoors(byte[] bytes) {
    ClassFile classes = ClassFile.of();
    return classes.transformClass(
        classes.parse(bytes), ClassTransform.transformingMethodBodies(CrashDistribution::passDoor));
  }

  private static void passDoor(CodeBuilder code, CodeElement element) {
    String effect =
        switch (element) {
          case InvokeInstruction call ->
              SideEffects.of(call.owner().asInternalName(), call.name().stringValue());
          case InvokeDynamicInstruction reference -> referred(reference);
          default -> null;
        };
    if (effect != null) {
      code.loadConstant(effect).invokestatic(DOOR, "enter", ENTER);
    }
    code.with(element);
  }

  /** The effect of a method reference, told where it is made. */
  private static @Nullable String referred(InvokeDynamicInstruction reference) {
    for (ConstantDesc argument : reference.bootstrapArgs()) {
      if (argument instanceof DirectMethodHandleDesc method) {
        String owner = method.owner().descriptorString();
        return SideEffects.of(owner.substring(1, owner.length() - 1), method.methodName());
      }
    }
    return null;
  }
}
