//! Packages: lines, folders, imports, cycles, what is only imported.

use insta::assert_snapshot;

use super::door::check;

#[test]
fn every_file_names_its_package_first() {
    assert_snapshot!(check(r"record A {}
package late"), @"2:1 package-line: the `package` line comes first in a file");
    assert_snapshot!(check(r"// file x/x.loom
record A {}
// file y/y.loom
package y
package z"), @r"
    x/x.loom:1:1 package-line: a file begins with its package: `package shop.orders` (the package is the name by which other files import what this one declares)
    y/y.loom:2:1 package-line: a file has one `package` line (what belongs to another package stands in another file, in another folder)
    ");
}

#[test]
fn a_package_has_one_version() {
    assert_snapshot!(check("package a version 0"), @"1:19 package-version: a version is a whole number from 1: `version 2`");
    assert_snapshot!(check(r"// file a/one.loom
package a version 1
// file a/two.loom
package a version 2
// file a/zero.loom
package a"), @"a/two.loom:1:19 package-version: package `a` has two versions (all files of a package say the same version; two versions side by side are two packages)");
}

#[test]
fn a_package_lies_in_one_folder() {
    assert_snapshot!(check(r"// file a/one.loom
package a
// file b/two.loom
package a"), @"b/two.loom:1:9 package-folder: package `a` lies in two folders (move its files into one folder: its `loom.lock` lies there)");
    assert_snapshot!(check(r"// file a/one.loom
package a
// file a/two.loom
package b"), @"a/two.loom:1:9 package-folder: two packages in one folder: `a` and `b` (give each package a folder of its own: its `loom.lock` lies there)");
}

#[test]
fn files_of_a_package_see_each_other() {
    assert_snapshot!(check(r"// file a/one.loom
package a
record A { b: B }
// file a/two.loom
package a
record B { x: u32 }"), @"");
    assert_snapshot!(check(r"// file a/one.loom
package a
record A {}
// file a/two.loom
package a
record A {}"), @"a/two.loom:2:8 duplicate-name: `A` is declared twice (types, faults, events and services of a package share one set of names)");
}

#[test]
fn an_unknown_package_tells_where_to_look() {
    assert_snapshot!(check(r"package a
import shop.comon
import nowhere.{X}
record A { x: X, y: nowhere.Z, c: comon.D }
// file shop/common.loom
package shop.common"), @r"
    2:8 unknown-package: no package `shop.comon` is among the files (did you mean `shop.common`?)
    3:8 unknown-package: no package `nowhere` is among the files (name the folder that holds it: `-I FOLDER`)
    4:21 unknown-type: no type `nowhere.Z` is known here (no package is imported as `nowhere`)
    ");
}

#[test]
fn an_import_brings_what_is_declared() {
    assert_snapshot!(check(r"package a
import b.{Thing, Thin}
record A { x: Thing, y: Thin }
// file b/b.loom
package b
record Thing {}"), @"2:18 unknown-name: package `b` declares no `Thin` (did you mean `Thing`?)");
}

#[test]
fn an_import_hides_nothing() {
    assert_snapshot!(check(r"package a
import b.{A}
import b.{B}
import b.{B}
record A { b: B }
// file b/b.loom
package b
record A {}
record B {}"), @r"
    2:11 import-clash: the import hides `A`, which this package declares (import the package by a name of its own: `import other as o`, then write `o.Name`)
    4:11 import-clash: `B` is imported twice (once is enough)
    ");
}

#[test]
fn packages_do_not_import_each_other() {
    assert_snapshot!(check(r"package a
import b
record A { b: b.B }
// file b/b.loom
package b
import c
record B { c: c.C }
// file c/c.loom
package c
import a
record C { a: a.A? }"), @"c/c.loom:2:8 import-cycle: packages import each other: a → b → c → a (move what both need into a package of its own)");
    assert_snapshot!(check(r"package a
import a
record X {}"), @"2:8 import-cycle: a package does not import itself (its files see each other's declarations without an import)");
}

#[test]
fn an_unused_import_is_said_with_its_fix() {
    assert_snapshot!(check(r"package a
import b
import b.{C, D, E} 
import c as x
record A { d: D }
// file b/b.loom
package b
record C {}
record D {}
record E {}
// file c/c.loom
package c"), @r"
    2:1 unused-import: nothing of `b` is used here (take the import out)
    3:11 unused-import: `C` is not used here (take it out of the import)
    3:17 unused-import: `E` is not used here (take it out of the import)
    4:1 unused-import: nothing of `c` is used here (take the import out)
    ");
}

#[test]
fn a_package_is_used_by_its_name() {
    assert_snapshot!(check(r"package a
import b.money
import b.time as t
record A { m: money.Amount, d: t.Day, x: time.Day, y: b.money.Amount, z: money.Amuont }
// file m/m.loom
package b.money
record Amount {}
// file t/t.loom
package b.time
record Day {}"), @r"
    4:42 unknown-type: no type `time.Day` is known here (import the package first: `import b.time`, and use it by its last word)
    4:55 unknown-type: no type `b.money.Amount` is known here (import the package first: `import b.money`, and use it by its last word)
    4:74 unknown-type: no type `money.Amuont` is known here (did you mean `money.Amount`?)
    ");
}

#[test]
fn a_name_of_another_package_wants_an_import() {
    assert_snapshot!(check(r"package a
record A { m: Amount, n: money.Amount }
// file m/m.loom
package b.money
record Amount {}"), @r"
    2:15 unknown-type: no type `Amount` is known here (`b.money` declares it: `import b.money.{Amount}`)
    2:26 unknown-type: no type `money.Amount` is known here (import the package first: `import b.money`, and use it by its last word)
    ");
}

#[test]
fn what_is_only_imported_is_not_reported_on() {
    assert_snapshot!(check(r"package a
import b
record A { b: b.B }
// file imported/b/b.loom
package b
import c
record B { x: Nope }"), @"");
}

#[test]
fn imports_are_not_documented() {
    assert_snapshot!(check(r"package a
/// Money.
import b
record A { b: b.B }
// file b/b.loom
package b
record B {}"), @"2:1 mark-misplaced: an import takes no documentation and no annotations but `@allow` (write a comment: `// …`)");
}
