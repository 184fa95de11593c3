/** What a container may do: capabilities, and which seccomp and AppArmor profile is meant. */
@NullMarked
package dev.gantry.runtime.security;

import org.jspecify.annotations.NullMarked;
