package dev.gantry.image.layer;

import dev.gantry.image.layer.LayerState.Implied;
import dev.gantry.image.layer.LayerState.Unknown;
import dev.gantry.image.layer.LowerFact.Attributes;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the directory that a member lies in, one name after the other, in this layer over those
 * below: links are followed as in a container, their targets never leave the root, and directories
 * that nobody described are made.
 */
final class ParentWalk {
  /** What path_resolution(7) allows. */
  private static final int MAX_LINKS = 40;

  private final LayerState state;
  private final OpenDirs dirs;
  private final LowerQuestions lower;
  private final boolean optimistic;

  /**
   * @param optimistic whether to go on, with a directory made, where the layers below are not there
   *     yet
   */
  ParentWalk(LayerState state, OpenDirs dirs, LowerQuestions lower, boolean optimistic) {
    this.state = state;
    this.dirs = dirs;
    this.lower = lower;
    this.optimistic = optimistic;
  }

  /** The resolved path of a directory, which is in this layer afterwards. */
  String make(String path) throws InterruptedException {
    if (state.isDirectory(path)) {
      return path;
    }
    String resolved = walk(path, true);
    if (resolved == null) {
      throw new Fault.Internal("layer directory %s: not made".formatted(RawPath.show(path)));
    }
    return resolved;
  }

  /** The resolved path of a directory in this layer or below; null when there is none. */
  @Nullable String find(String path) throws InterruptedException {
    return state.isDirectory(path) ? path : walk(path, false);
  }

  private @Nullable String walk(String path, boolean make) throws InterruptedException {
    Deque<String> todo = new ArrayDeque<>(RawPath.components(path));
    String at = "";
    int links = 0;
    while (!todo.isEmpty()) {
      String name = todo.pop();
      if (name.equals("..")) {
        at = RawPath.parent(at);
        continue;
      }
      String child = RawPath.child(at, name);
      if (state.isDirectory(child)) {
        at = child;
        continue;
      }
      String link = linkHere(at, name);
      if (link == null) {
        boolean deferred = isDeferred() && !state.hidesLower(child);
        switch (deferred ? new LowerFact.None() : below(child)) {
          case LowerFact.Link(String target) -> link = target;
          case LowerFact.Directory(Attributes attributes) -> {
            at = child;
            if (make) {
              implied(child, new Implied(attributes));
            }
          }
          case LowerFact.None() when !make -> {
            return null;
          }
          case LowerFact.None() -> {
            at = child;
            implied(child, deferred ? new Unknown() : new Implied(Attributes.DEFAULT));
          }
          case LowerFact.Other() -> throw noDirectory(child);
        }
      }
      if (link != null) {
        if (++links > MAX_LINKS) {
          throw new Fault.Invalid("path %s: loop of links".formatted(RawPath.show(path)));
        }
        if (link.startsWith("/")) {
          at = "";
        }
        List<String> target = RawPath.components(link);
        target.reversed().forEach(todo::push);
      }
    }
    return at;
  }

  /** The target of a link in this layer; null when the layer has nothing of that name. */
  private @Nullable String linkHere(String parent, String name) {
    if (!state.isDirectory(parent)) {
      return null;
    }
    Dir dir = dirs.at(parent);
    FileStat stat = dir.stat(name);
    if (stat == null) {
      return null;
    }
    if (!stat.isLink()) {
      throw noDirectory(RawPath.child(parent, name));
    }
    return dir.readLink(name);
  }

  private LowerFact below(String path) throws InterruptedException {
    return state.hidesLower(path) ? new LowerFact.None() : lower.at(path);
  }

  private boolean isDeferred() {
    return optimistic && !lower.canAnswerNow();
  }

  private void implied(String path, LayerState.Origin origin) throws InterruptedException {
    String parent = RawPath.parent(path);
    if (!state.isDirectory(parent)) {
      make(parent);
    }
    dirs.at(parent).mkdir(RawPath.name(path), 0700);
    state.directory(path, origin);
  }

  private static Fault noDirectory(String path) {
    return new Fault.Invalid("parent %s: no directory".formatted(RawPath.show(path)));
  }
}
