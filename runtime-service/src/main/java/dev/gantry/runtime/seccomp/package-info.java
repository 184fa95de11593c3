/** Seccomp profiles: read, chosen by capability, compiled to BPF. */
@NullMarked
package dev.gantry.runtime.seccomp;

import org.jspecify.annotations.NullMarked;
