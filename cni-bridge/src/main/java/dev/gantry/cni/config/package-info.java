/** Network configurations: the files of /etc/cni/net.d as values. */
@NullMarked
package dev.gantry.cni.config;

import org.jspecify.annotations.NullMarked;
