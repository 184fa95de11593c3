# Sourced by bin/gantryd and bin/gantry, with `home` as the directory above bin: sets `java` to a JVM of version 25 or
# later, `classpath`, and `flags`; use_cache NAME adds an AOT cache to the flags. Starts no program: each is a millisecond
# or two.

java=

if [ -x "$home/runtime/bin/java" ]; then
  java=$home/runtime/bin/java # that of the package, whatever else is installed
else
  # The version stands in a file of every JDK; asking the program itself would start a JVM.
  for jvm in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /usr/lib/jvm/*; do
    [ -x "$jvm/bin/java" ] && [ -r "$jvm/release" ] || continue
    version=0
    while read -r line; do
      case $line in
        'JAVA_VERSION="'[0-9]*)
          version=${line#JAVA_VERSION=\"}
          version=${version%%[!0-9]*}
          ;;
      esac
    done <"$jvm/release"
    if [ "$version" -ge 25 ]; then
      java=$jvm/bin/java
      break
    fi
  done
fi
if [ -z "$java" ]; then
  echo "${0##*/}: no Java 25 in JAVA_HOME or /usr/lib/jvm" >&2
  exit 127
fi

# Spelt out and sorted, not lib/*: an AOT cache is only taken for the very same class path.
classpath=
for jar in "$home"/lib/*.jar; do
  classpath=$classpath${classpath:+:}$jar
done

# One arena: glibc would make up to eight times the cores, each keeping memory.
export MALLOC_ARENA_MAX=1

# The accessors that the JVM has built in: generating faster ones costs more at start than they save.
flags="@gantry.jvm.flags@ -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Djdk.reflect.useNativeAccessorOnly=true"

# Native libraries as files; without this each start unpacks them from the jars to /tmp.
native=$home/lib/native
if [ -d "$native" ]; then
  flags="$flags -Djava.library.path=$native -Djffi.boot.library.path=$native"
  flags="$flags -Dorg.sqlite.lib.path=$native -Dorg.sqlite.lib.name=libsqlitejdbc.so -Dorg.sqlite.tmpdir=$native"
fi

# A cache that does not fit (another JVM, other jars) is passed over without a word: it is only speed.
use_cache() {
  if [ -n "${GANTRY_AOT_OUTPUT:-}" ]; then
    flags="$flags -XX:AOTCacheOutput=$GANTRY_AOT_OUTPUT"
  elif [ -r "$home/lib/$1.aot" ]; then
    # Mapped where it was made for: moved elsewhere, which is the default, each page is written to and becomes the
    # process's own, 24 MiB of the daemon's, and 70 ms of its start. It holds no code.
    flags="$flags -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"
    flags="$flags -XX:AOTCache=$home/lib/$1.aot -Xlog:aot=off -Xlog:cds=off"
  fi
}
