package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What is alive of one kind, by id. Reads take no lock. An id may be shortened to any prefix that
 * is unique: crictl sends what its user typed.
 */
final class Registry<T> {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String kind;
  private final ConcurrentSkipListMap<String, T> byId = new ConcurrentSkipListMap<>();
  private final ConcurrentHashMap<String, String> idByName = new ConcurrentHashMap<>();

  Registry(String kind) {
    this.kind = kind;
  }

  /** 64 hex digits, as container ids are everywhere. */
  static String newId() {
    byte[] bits = new byte[32];
    RANDOM.nextBytes(bits);
    return HexFormat.of().formatHex(bits);
  }

  /**
   * Adds an item under its id and its unique name.
   *
   * @throws Fault.AlreadyExists when another item has the name
   */
  void add(String id, String name, T item) {
    reserve(id, name);
    byId.put(id, item);
  }

  /**
   * Takes a name for an item that is still being made.
   *
   * @throws Fault.AlreadyExists when another item has it
   */
  void reserve(String id, String name) {
    String other = idByName.putIfAbsent(name, id);
    if (other != null && !other.equals(id)) {
      throw new Fault.AlreadyExists("%s %s: is there already, as %s".formatted(kind, name, other));
    }
  }

  void remove(String id, String name) {
    byId.remove(id);
    idByName.remove(name, id);
  }

  Collection<T> all() {
    return byId.values();
  }

  /**
   * The item with this id, or the only one whose id starts with it.
   *
   * @throws Fault.Invalid when the id is empty or several ids start with it
   */
  Optional<T> find(String id) {
    if (id.isEmpty()) {
      throw new Fault.Invalid(kind + " id: must not be empty");
    }
    T exact = byId.get(id);
    if (exact != null) {
      return Optional.of(exact);
    }
    List<T> matches =
        byId.subMap(id, true, id + '\uffff', true).values().stream().limit(2).toList();
    if (matches.size() > 1) {
      throw new Fault.Invalid("%s id %s: fits several".formatted(kind, id));
    }
    return matches.stream().findFirst();
  }

  /**
   * As {@link #find}, for calls that need it to be there.
   *
   * @throws Fault.NotFound when it is not
   */
  T get(String id) {
    return find(id).orElseThrow(() -> new Fault.NotFound("%s %s: not found".formatted(kind, id)));
  }
}
