#!/bin/sh
# collection.sh PROGRAM FOLDER: builds the collection wilco.device into FOLDER, with this program in it, which decides
# for which architecture it is.  `make ansible-collection` runs it.
set -eu
program=$1 folder=$2
here=$(dirname "$0")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cp -R "$here/galaxy.yml" "$here/README.md" "$here/CHANGELOG.md" "$here/meta" "$here/playbooks" "$here/plugins" "$tree"
chmod -R u+w "$tree"
cp "$program" "$tree/plugins/modules/wilco"
${STRIP:-strip} "$tree/plugins/modules/wilco"
chmod 755 "$tree/plugins/modules/wilco"
ansible-galaxy collection build --force --output-path "$folder" "$tree"
