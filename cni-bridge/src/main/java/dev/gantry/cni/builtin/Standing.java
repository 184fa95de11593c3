package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A built-in plugin's part in an attachment that stands.
 *
 * @param owner the attachment, {@code ID/IFNAME}
 * @param type the plugin's
 * @param input as for CHECK: with the result of ADD
 */
public record Standing(String owner, String type, ObjectNode input) {}
