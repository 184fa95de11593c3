# Sourced by bin/gantryd and bin/gantry: sets `java` to a JVM of version 25 or later, `home` to the
# directory above bin, and `classpath`.

home=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
java=

# The version stands in a file of every JDK; asking the program itself would start a JVM.
for jvm in "${JAVA_HOME:-}" "$home/runtime" /usr/lib/jvm/*25* /usr/lib/jvm/*; do
  [ -x "$jvm/bin/java" ] && [ -r "$jvm/release" ] || continue
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$jvm/release")
  if [ "${version:-0}" -ge 25 ]; then
    java=$jvm/bin/java
    break
  fi
done
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

flags="@gantry.jvm.flags@ -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"
