package dev.gantry.it;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file system whose server has died in the worst way: it takes requests and never answers, but
 * for the attributes of its root. Who asks for anything else sleeps uninterruptibly (state D) until
 * {@link #close()}.
 */
final class HangingFuse implements AutoCloseable {
  private static final int HEADER = 40;
  private static final int ANSWER_HEADER = 16;
  private static final int GETATTR = 3;
  private static final int INIT = 26;
  private static final int ACCESS = 34;
  private static final int ENOSYS = 38;
  private static final int S_IFDIR_0755 = 040755;

  private final TestNode node;
  private final Path directory;
  private final Process server;

  /** Mounts it where the node's daemon sees it. */
  HangingFuse(TestNode node, Path directory) throws IOException {
    this.node = node;
    this.directory = directory;
    String java = System.getProperty("java.home") + "/bin/java";
    server =
        new ProcessBuilder(
                "nsenter",
                "--mount=/proc/" + node.daemonPid() + "/ns/mnt",
                "sh",
                "-c",
                "exec <>/dev/fuse >&0; mount -i -t fuse -o"
                    + " fd=0,rootmode=40000,user_id=0,group_id=0,allow_other none \"$1\" &&"
                    + " exec \"$2\" -cp \"$3\" "
                    + HangingFuse.class.getName(),
                "sh",
                directory.toString(),
                java,
                System.getProperty("java.class.path"))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    TestNode.eventually(
        "the file system is mounted",
        () -> node.mounts().contains(" " + directory + " ") && server.isAlive());
  }

  /** Ends the connection: whoever waits gets ENOTCONN. */
  @Override
  public void close() {
    server.destroyForcibly().onExit().join();
    var _ = node.inDaemonsMounts("umount", "--lazy", directory.toString());
  }

  /** The server: fuse(4) is its standard input and output. */
  public static void main(String[] args) throws IOException {
    try (FileInputStream in = new FileInputStream(FileDescriptor.in);
        FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
      byte[] buffer = new byte[1 << 18];
      while (true) {
        int length = in.read(buffer);
        if (length < HEADER) {
          return;
        }
        ByteBuffer request = ByteBuffer.wrap(buffer, 0, length).order(ByteOrder.nativeOrder());
        int operation = request.getInt(4);
        boolean root = request.getLong(16) == 1;
        if (operation == INIT) {
          out.write(answer(request.getLong(8), 0, init()));
        } else if (operation == GETATTR && root) {
          out.write(answer(request.getLong(8), 0, attributes()));
        } else if (operation == ACCESS && root) {
          out.write(answer(request.getLong(8), -ENOSYS, ByteBuffer.allocate(0)));
        }
      }
    }
  }

  private static byte[] answer(long request, int error, ByteBuffer content) {
    ByteBuffer all =
        ByteBuffer.allocate(ANSWER_HEADER + content.capacity()).order(ByteOrder.nativeOrder());
    all.putInt(all.capacity()).putInt(error).putLong(request).put(content.rewind());
    return Arrays.copyOf(all.array(), all.capacity());
  }

  /** struct fuse_init_out of version 7.31. */
  private static ByteBuffer init() {
    ByteBuffer content = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    content.putInt(7).putInt(31).putInt(0).putInt(0);
    content.putShort((short) 16).putShort((short) 12).putInt(1 << 16);
    return content;
  }

  /** struct fuse_attr_out; never to be kept. */
  private static ByteBuffer attributes() {
    ByteBuffer content = ByteBuffer.allocate(104).order(ByteOrder.nativeOrder());
    content.putLong(16, 1);
    content.putInt(16 + 60, S_IFDIR_0755).putInt(16 + 64, 2);
    content.putInt(16 + 80, 4096);
    return content;
  }
}
