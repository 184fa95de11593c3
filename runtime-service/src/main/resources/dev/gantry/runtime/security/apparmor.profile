# The profile of containers that ask for the runtime's default, or for none: a second wall behind
# capabilities, masked paths and read-only mounts.
#include <tunables/global>

profile gantry-default flags=(attach_disconnected,mediate_deleted) {
  #include <abstractions/base>

  network,
  capability,
  file,
  umount,

  # Signals between containers' processes, and from outside: that is how they are stopped.
  signal (send,receive) peer=gantry-default,
  signal (receive) peer=unconfined,

  # Debuggers see processes with the same profile, nothing else.
  ptrace (trace,read,tracedby,readby) peer=gantry-default,

  # No mounts, even with CAP_SYS_ADMIN. Privileged containers are not confined by this profile.
  deny mount,

  # Files of /proc that act on the whole node. Namespaced sysctls stay writable.
  deny @{PROC}/* w,
  deny @{PROC}/{acpi,asound,bus,driver,fs,irq,scsi,tty}/** w,
  deny @{PROC}/sys/{abi,debug,dev,sunrpc,vm}/** w,
  deny @{PROC}/sys/fs/* w,
  deny @{PROC}/sys/fs/{binfmt_misc,epoll,inotify,quota,verity,xfs}/** w,
  deny @{PROC}/sys/kernel/{bpf_*,cad_pid,core_*,dmesg_restrict,ftrace*,hotplug,kexec_*} w,
  deny @{PROC}/sys/kernel/{kptr_restrict,modprobe,modules_disabled,ns_last_pid,panic*} w,
  deny @{PROC}/sys/kernel/{perf_event_*,poweroff_cmd,printk*,randomize_va_space,sysrq} w,
  deny @{PROC}/sys/kernel/{tainted,unprivileged_*} w,
  deny @{PROC}/sys/kernel/{firmware_config,keys,random,usermodehelper,yama}/** w,
  deny @{PROC}/{kallsyms,kcore,kmem,mem,sysrq-trigger} rwklx,

  # All of /sys but control groups.
  deny /sys/{block,bus,class,dev,devices,hypervisor,kernel,module,power}/** wklx,
  deny /sys/fs/{bpf,btrfs,ecryptfs,ext4,f2fs,fuse,pstore,resctrl,selinux,smackfs,xfs}/** wklx,
  deny /sys/{firmware,devices/virtual/powercap,kernel/security,kernel/debug}/** rwklx,
}
