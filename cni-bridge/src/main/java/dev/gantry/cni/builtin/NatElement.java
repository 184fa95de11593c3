package dev.gantry.cni.builtin;

/**
 * An element of a set or map of our table.
 *
 * @param set name of the set or map
 * @param key as nft(8) writes it
 * @param value of a map's element; empty in a set
 */
record NatElement(String set, String key, String value) {

  String add(String owner) {
    return "add element inet %s %s { %s comment \"%s\"%s }\n"
        .formatted(NatTable.NAME, set, key, owner, value.isEmpty() ? "" : " : " + value);
  }

  String delete() {
    return "delete element inet %s %s { %s }\n".formatted(NatTable.NAME, set, key);
  }
}
