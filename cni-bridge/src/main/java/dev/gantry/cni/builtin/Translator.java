package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** A plugin that has elements in {@link NatTable}. */
interface Translator {
  /**
   * What its ADD has put there.
   *
   * @param input with the result of ADD
   */
  List<NatElement> translations(ObjectNode input);
}
