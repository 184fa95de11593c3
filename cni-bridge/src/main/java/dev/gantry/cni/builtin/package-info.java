/** Plugins of this process, over rtnetlink and nftables. */
@NullMarked
package dev.gantry.cni.builtin;

import org.jspecify.annotations.NullMarked;
