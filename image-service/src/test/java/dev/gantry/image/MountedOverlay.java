package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An overlay mounted in a mount namespace of its own, and seen from here through /proc. */
final class MountedOverlay implements AutoCloseable {
  private final Process holder;
  private final Path path;

  MountedOverlay(OverlayRootfs rootfs) throws IOException {
    String options =
        "lowerdir=%s,upperdir=%s,workdir=%s"
            .formatted(String.join(":", rootfs.lowerdirs()), rootfs.upperdir(), rootfs.workdir());
    List<String> command =
        List.of(
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            "mount -t overlay overlay -o \"$1\" \"$2\" && echo $$ && read x",
            "sh",
            options,
            rootfs.mountpoint());
    holder = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader said = new BufferedReader(new InputStreamReader(holder.getInputStream(), UTF_8));
    String pid = said.readLine();
    if (pid == null || !pid.matches("[0-9]+")) {
      close();
      throw new IOException("mount overlay: " + pid);
    }
    path = Path.of("/proc/" + pid + "/root" + rootfs.mountpoint());
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      holder.getOutputStream().close();
      if (!holder.waitFor(5, TimeUnit.SECONDS)) {
        holder.destroyForcibly();
      }
    } catch (IOException e) {
      holder.destroyForcibly();
    } catch (InterruptedException e) {
      holder.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
