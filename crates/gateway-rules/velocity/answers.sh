#!/bin/sh
# Writes the answers of Velocity 1.7 in the files of this folder anew, after a template was added there.
# Needs a JDK and Debian's package `velocity`.
set -eu
cd "$(dirname "$0")"
jars=/usr/share/java
classpath=$jars/velocity.jar:$jars/commons-collections3.jar:$jars/commons-lang.jar:$jars/oro.jar
classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT
javac -d "$classes" -cp "$classpath" Answers.java
for file in *.txt; do
    java -cp "$classpath:$classes" Answers "$file" > "$classes/answers"
    cp "$classes/answers" "$file"
done
