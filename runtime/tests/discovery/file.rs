//! Files as they are written, renamed, linked and broken.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use wireloom::discovery::{File, FileOptions, FollowOptions, Followed, follow};

use crate::{becomes, now, until};

/// So long that only events can be what was heard.
const NEVER: Duration = Duration::from_secs(3600);

fn followed(path: &Path, poll: Duration) -> Followed {
    let file = File::new(path, "http", FileOptions { poll, bytes_max: 1000 });
    let options = FollowOptions { settle: Duration::from_millis(1), ..FollowOptions::default() };
    follow(Arc::new(file), options).unwrap()
}

fn text(ports: &[u16]) -> String {
    let addresses: Vec<_> = ports.iter().map(|port| format!("'127.0.0.1:{port}'")).collect();
    format!("endpoints = [{}]", addresses.join(", "))
}

/// A folder with a file of these.
fn folder(ports: &[u16]) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.toml");
    std::fs::write(&path, text(ports)).unwrap();
    (folder, path)
}

/// The blocks of TOML that a page shows.
fn shown_in(page: &str) -> Vec<String> {
    let lines: Vec<_> = page.lines().map(|line| line.trim_start_matches("//!").trim_start_matches(' ')).collect();
    let blocks = lines.split(|line| *line == "```toml").skip(1);
    blocks.map(|block| block.split(|line| *line == "```").next().unwrap_or_default().join("\n")).collect()
}

#[tokio::test]
async fn what_the_pages_show_is_right() {
    for page in [include_str!("../../../book/src/operating/discovery.md"), include_str!("../../src/discovery/file.rs")]
    {
        for shown in shown_in(page) {
            let (_folder, path) = folder(&[]);
            std::fs::write(&path, &shown).unwrap();
            let followed = followed(&path, NEVER);
            let soon = tokio::time::Instant::now() + Duration::from_secs(5);
            let set = followed.first(soon).await.unwrap();
            assert_eq!(set.instances()[1].weight, 3, "{shown}");
        }
        assert!(!shown_in(page).is_empty());
    }
}

#[tokio::test]
async fn what_is_written_in_place_is_followed() {
    let (_folder, path) = folder(&[1]);
    let followed = followed(&path, NEVER);
    becomes(&followed, "1").await;
    std::fs::write(&path, text(&[1, 2])).unwrap();
    becomes(&followed, "1 2").await;
}

#[tokio::test]
async fn what_is_renamed_into_its_place_is_followed_again_and_again() {
    let (folder, path) = folder(&[1]);
    let followed = followed(&path, NEVER);
    becomes(&followed, "1").await;
    for port in 2..12 {
        let new = folder.path().join("orders.toml.new");
        std::fs::write(&new, text(&[1, port])).unwrap();
        std::fs::rename(&new, &path).unwrap();
        becomes(&followed, &format!("1 {port}")).await;
    }
    assert_eq!(followed.status().errors, 0);
}

/// As the kubelet updates a ConfigMap: `orders.toml` is a link to `..data/orders.toml`, and `..data` one that is turned.
#[cfg(unix)]
#[tokio::test]
async fn a_config_map_is_followed() {
    use std::os::unix::fs::symlink;

    let volume = tempfile::tempdir().unwrap();
    let publish = |version: &str, ports: &[u16]| {
        let data = volume.path().join(version);
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("orders.toml"), text(ports)).unwrap();
        symlink(version, volume.path().join("..data_tmp")).unwrap();
        std::fs::rename(volume.path().join("..data_tmp"), volume.path().join("..data")).unwrap();
    };
    publish("..2026_01", &[1]);
    let path = volume.path().join("orders.toml");
    symlink("..data/orders.toml", &path).unwrap();
    let followed = followed(&path, NEVER);
    becomes(&followed, "1").await;
    for port in 2..8 {
        publish(&format!("..2026_{port:02}"), &[1, port]);
        std::fs::remove_dir_all(volume.path().join(format!("..2026_{:02}", port - 1))).unwrap();
        becomes(&followed, &format!("1 {port}")).await;
    }
    assert_eq!(followed.status().errors, 0);
}

#[cfg(unix)]
#[tokio::test]
async fn what_changes_behind_a_link_is_followed() {
    let (_there, real) = folder(&[1]);
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("link.toml");
    std::os::unix::fs::symlink(&real, &path).unwrap();
    let followed = followed(&path, NEVER);
    becomes(&followed, "1").await;
    std::fs::write(&real, text(&[1, 2])).unwrap();
    becomes(&followed, "1 2").await;
}

#[tokio::test]
async fn a_bad_file_keeps_the_set_and_is_told_with_its_place() {
    let (_folder, path) = folder(&[1, 2]);
    let followed = followed(&path, NEVER);
    becomes(&followed, "1 2").await;
    let mut count = 0;
    let shown = path.display();
    for (bad, told) in [
        ("endpoints = ['127.0.0.1:1'".to_owned(), format!("{shown}:1:27: unclosed array, expected `]`")),
        (String::new(), format!("{shown}:1:1: missing field `endpoints`")),
        ("# ".repeat(501), format!("{shown}: it has more than 1000 bytes")),
    ] {
        count += 1;
        std::fs::write(&path, bad).unwrap();
        until(&told, || followed.status().last_error.is_some_and(|error| error.to_string() == told)).await;
        assert_eq!(now(&followed), "1 2");
    }
    std::fs::remove_file(&path).unwrap();
    let gone = format!("{shown} cannot be read: No such file or directory (os error 2)");
    until(&gone, || followed.status().last_error.is_some_and(|error| error.to_string() == gone)).await;
    // A write in place may be seen half, which is one error more.
    assert!(followed.status().errors > count, "{:?}", followed.status());
    std::fs::write(&path, text(&[1, 2, 3])).unwrap();
    becomes(&followed, "1 2 3").await;
    assert!(!followed.status().is_failing);
}

#[tokio::test]
async fn a_file_may_come_later_and_its_folder_too() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("later/orders.toml");
    let followed = followed(&path, Duration::from_millis(20));
    until("it is told that there is none", || followed.status().is_failing).await;
    std::fs::create_dir(parent.path().join("later")).unwrap();
    std::fs::write(&path, text(&[1])).unwrap();
    becomes(&followed, "1").await;
    assert_eq!(followed.status().errors, 1, "the same is told once");
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_is_not_waited_for() {
    let (_folder, path) = folder(&[]);
    let followed = followed(Path::new("/dev/zero"), NEVER);
    until("it is refused", || followed.status().is_failing).await;
    assert_eq!(followed.status().last_error.unwrap().to_string(), "/dev/zero: it is no file");
    drop(path);
}
