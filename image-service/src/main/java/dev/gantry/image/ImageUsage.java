package dev.gantry.image;

/**
 * The room that an image takes.
 *
 * @param ownBytes of layers that no other image has
 * @param bytes of all its layers
 * @param containers that use it
 */
public record ImageUsage(Image image, long ownBytes, long bytes, int containers) {}
