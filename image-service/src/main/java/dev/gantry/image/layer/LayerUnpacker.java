package dev.gantry.image.layer;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/**
 * Turns a layer's stored bytes into a directory for overlayfs: stored digest, decompression and tar
 * digest on one thread, members written on the calling one.
 */
public final class LayerUnpacker {
  private final LayerLimits limits;

  public LayerUnpacker(LayerLimits limits) {
    this.limits = limits;
  }

  /**
   * What came out.
   *
   * @param answers everything the layers below were asked and what they answered, see {@link #fits}
   * @param describesRoot whether the archive says owner and mode of the root
   */
  public record Unpacked(Map<String, String> answers, boolean describesRoot) {}

  /**
   * Unpacks into an empty directory.
   *
   * @param stored closed by the caller
   * @param recipe where to write what it takes, beside the directory, to make the archive again:
   *     see {@link RecipeReader}; closed here
   * @param optimistic whether to begin before the layers below are there
   * @throws NeedsLowerFirst when that was wrong
   * @throws Fault.Invalid when the layer is not what its digests say, or does harm
   * @throws Fault.Exhausted when the disk is full
   * @throws InterruptedException when this thread was interrupted; the caller removes what is there
   */
  public Unpacked unpack(
      LayerBlob blob,
      InputStream stored,
      Dir target,
      OutputStream recipe,
      Lower lower,
      boolean optimistic)
      throws InterruptedException {
    try (RecipeWriter writer = new RecipeWriter(recipe)) {
      return run(blob, stored, target, writer, lower, optimistic);
    } catch (Fault.Syscall e) {
      if (e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT) {
        throw new Fault.Exhausted("layer %s: %s".formatted(blob.digest(), e.getMessage()), e);
      }
      throw e.within("layer " + blob.digest());
    } catch (Fault e) {
      throw e.within("layer " + blob.digest());
    } catch (InterruptedIOException e) {
      throw new InterruptedException("layer " + blob.digest());
    } catch (IOException e) {
      throw new Fault.Invalid("layer %s: %s".formatted(blob.digest(), e.getMessage()), e);
    }
  }

  private Unpacked run(
      LayerBlob blob,
      InputStream stored,
      Dir target,
      RecipeWriter recipe,
      Lower lower,
      boolean optimistic)
      throws IOException, InterruptedException {
    CheckedStream compressed =
        new CheckedStream(stored, blob.digest(), blob.size(), "stored bytes");
    try (ReadAhead tar = new ReadAhead(new Opened(blob, compressed), "layer-read");
        LowerQuestions questions = new LowerQuestions(lower)) {
      CheckedStream checked =
          new CheckedStream(tar, blob.diffId(), limits.unpacked(blob.size()), "tar");
      RecipeStream recorded = new RecipeStream(checked, recipe);
      try (LayerWriter writer = new LayerWriter(target, questions, recorded, optimistic)) {
        members(recorded, writer);
        recorded.skipRest();
        checked.finish();
        tar.stop();
        compressed.finish();
        if (compressed.count() != blob.size()) {
          throw new Fault.Invalid(
              "stored bytes: %d, not %d".formatted(compressed.count(), blob.size()));
        }
        LayerSettlement.settle(writer);
        return new Unpacked(questions.answers(), writer.state.origin("").isPresent());
      }
    }
  }

  private void members(InputStream tar, LayerWriter writer)
      throws IOException, InterruptedException {
    TarReader reader = new TarReader(tar);
    int count = 0;
    TarEntry entry = reader.next();
    while (entry != null) {
      if (++count > limits.entries()) {
        throw new Fault.Invalid("more than %d members".formatted(limits.entries()));
      }
      try {
        writer.write(entry, reader::readData);
      } catch (Fault e) {
        throw e.within("member " + RawPath.show(entry.name()));
      }
      entry = reader.next();
    }
  }

  /** Whether a layer that was unpacked elsewhere is right over these layers too. */
  public static boolean fits(Map<String, String> answers, List<LayerDir> bottomFirst) {
    return LowerQuestions.sameAnswers(answers, bottomFirst);
  }

  /** Decompression begins on the reading thread: it waits for the first bytes. */
  private static final class Opened extends InputStream {
    private final LayerBlob blob;
    private final InputStream stored;
    private InputStream open = InputStream.nullInputStream();
    private boolean begun;

    Opened(LayerBlob blob, InputStream stored) {
      this.blob = blob;
      this.stored = stored;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (!begun) {
        begun = true;
        open = blob.decompress(stored);
      }
      return open.read(buffer, offset, length);
    }

    @Override
    public void close() throws IOException {
      open.close();
    }
  }
}
