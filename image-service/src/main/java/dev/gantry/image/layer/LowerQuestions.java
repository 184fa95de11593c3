package dev.gantry.image.layer;

import dev.gantry.image.layer.LowerFact.None;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks the layers below and remembers every answer. A layer's directory is a function of its tar
 * and of these answers only; so another image may share it exactly when its own layers below give
 * the same answers ({@link #sameAnswers}), and in no other case.
 */
final class LowerQuestions implements AutoCloseable {
  private static final String FACT = "at ";
  private static final String EXISTS = "exists ";
  private static final String FILE = "file ";
  private static final String NAMES = "names of the root";

  private final Lower lower;
  private final Map<String, String> answers = new LinkedHashMap<>();
  private @Nullable View view;

  private record View(MergedDir root, List<LayerDir> layers) implements AutoCloseable {
    static View of(List<LayerDir> bottomFirst) {
      List<LayerDir> layers = List.copyOf(bottomFirst);
      return new View(
          MergedDir.root(layers.reversed().stream().map(LayerDir::path).toList()), layers);
    }

    /** Asks anew what was asked as {@code question}. */
    String answer(String question) {
      if (question.startsWith(FACT)) {
        return LowerFact.at(root, question.substring(FACT.length())).text();
      } else if (question.startsWith(EXISTS)) {
        return Boolean.toString(LowerFact.exists(root, question.substring(EXISTS.length())));
      } else if (question.startsWith(FILE)) {
        return holderId(question.substring(FILE.length()));
      } else if (question.equals(NAMES)) {
        return String.join("/", LowerFact.rootNames(root));
      }
      return "unknown question";
    }

    /** Layers never change, so the number of the holder says which content it is. */
    String holderId(String path) {
      int holder = LowerFact.holder(root, path);
      return holder < 0 ? "none" : Long.toString(layers.get(holder).id());
    }

    @Override
    public void close() {
      root.close();
    }
  }

  LowerQuestions(Lower lower) {
    this.lower = lower;
  }

  /** Whether the answers over {@code bottomFirst} are those given. */
  static boolean sameAnswers(Map<String, String> answers, List<LayerDir> bottomFirst) {
    if (answers.isEmpty()) {
      return true;
    }
    try (View view = View.of(bottomFirst)) {
      return answers.entrySet().stream()
          .allMatch(e -> view.answer(e.getKey()).equals(e.getValue()));
    }
  }

  boolean canAnswerNow() {
    return lower.isReady();
  }

  LowerFact at(String path) throws InterruptedException {
    LowerFact fact = LowerFact.at(view().root(), path);
    answers.put(FACT + path, fact.text());
    return fact;
  }

  boolean exists(String path) throws InterruptedException {
    boolean exists = LowerFact.exists(view().root(), path);
    answers.put(EXISTS + path, Boolean.toString(exists));
    return exists;
  }

  /** The names in the root, sorted. */
  List<String> rootNames() throws InterruptedException {
    List<String> names = new ArrayList<>(LowerFact.rootNames(view().root()));
    answers.put(NAMES, String.join("/", names));
    return names;
  }

  /** The parent directory of a file that is no directory; null when there is no such file. */
  @Nullable MergedDir parentOfFile(String path) throws InterruptedException {
    View view = view();
    String holder = view.holderId(path);
    answers.put(FILE + path, holder);
    return holder.equals(new None().text()) ? null : view.root().openPath(RawPath.parent(path));
  }

  Map<String, String> answers() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(answers));
  }

  private View view() throws InterruptedException {
    View open = view;
    if (open == null) {
      open = View.of(lower.await());
      view = open;
    }
    return open;
  }

  @Override
  public void close() {
    View open = view;
    if (open != null) {
      open.close();
    }
  }
}
