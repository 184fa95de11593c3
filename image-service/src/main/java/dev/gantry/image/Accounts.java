package dev.gantry.image;

/**
 * The users and groups of an image, as it has them (passwd(5), group(5)); empty where there is no
 * such file.
 */
public record Accounts(String passwd, String group) {
  /** Of either file; larger ones are refused (CVE-2026-47262). */
  static final int MAX_BYTES = 4 << 20;
}
