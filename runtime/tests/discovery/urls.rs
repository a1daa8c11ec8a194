//! What a URL names.

use wireloom::discovery;

async fn found(url: &str, scheme: &str) -> String {
    let source = match discovery::of(url, scheme) {
        Ok(source) => source,
        Err(error) => return error.to_string(),
    };
    let followed = discovery::follow(source, Default::default()).unwrap();
    let soon = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
    let first = followed.first(soon).await.unwrap();
    first.instances().iter().map(|it| it.endpoint.to_string()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn addresses_are_a_list() {
    assert_eq!(found("http://a:1", "rpc").await, "http://a:1/");
    assert_eq!(found("a:1, b:2,http://c", "rpc").await, "http://c/ rpc://a:1/ rpc://b:2/");
    assert_eq!(found("unix:/run/a.sock,a:1", "http").await, "http://a:1/ unix:/run/a.sock");
    assert_eq!(found("static:[::1]:80,a:1,A:1", "http").await, "http://[::1]:80/ http://A:1/");
    assert_eq!(found("a:1,,b:2", "http").await, "`a:1,,b:2`: `` is no address such as 10.0.0.1:8080");
    assert_eq!(found("", "http").await, "``: `` is no address such as 10.0.0.1:8080");
}

#[cfg(feature = "file")]
#[tokio::test]
async fn a_file_is_named_by_its_whole_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("the orders.toml");
    std::fs::write(&path, "endpoints = ['a:1', 'https://b:2']").unwrap();
    let url = format!("file://{}", path.display()).replace(' ', "%20");
    assert_eq!(found(&url, "http").await, "http://a:1/ https://b:2/");
    assert_eq!(found(&format!("{url}?scheme=rpc"), "http").await, "https://b:2/ rpc://a:1/");
    let wrong = "a file is named by its whole path, as in `file:///etc/orders.toml`";
    assert_eq!(found("file://orders.toml", "http").await, format!("`file://orders.toml`: {wrong}"));
    let wrong = "there is no setting `schema`; there are `scheme`";
    assert_eq!(found("file:///a?schema=rpc", "http").await, format!("`file:///a?schema=rpc`: {wrong}"));
}

#[cfg(feature = "dns")]
#[test]
fn names_of_dns_say_what_dns_does_not() {
    let wrong = |url: &str| discovery::of(url, "http").unwrap_err().to_string();
    let no_port = "addresses have no ports: say one, as in `dns://orders.internal:8080`";
    for url in ["dns://orders.internal", "dns://:80", "dns://orders.internal:eighty"] {
        assert_eq!(wrong(url), format!("`{url}`: {no_port}"));
    }
    for (url, what) in [
        ("dns+srv://_orders._tcp.internal:80", "SRV says the port, the URL must not"),
        ("dns+srv://", "no name is said, as in `dns+srv://_orders._tcp.internal`"),
        ("dns://a:80/path", "a name has no path"),
        ("dns://a:80?server=ns", "`server` is no address such as 10.0.0.53:53"),
        ("dns://a:80?scheme=http&scheme=https", "`scheme` is said twice"),
        ("dns://a:80?scheme", "`scheme` has no value, as in `scheme=http`"),
        ("dns://a:80?sheme=http", "there is no setting `sheme`; there are `scheme`, `server`"),
    ] {
        assert_eq!(wrong(url), format!("`{url}`: {what}"));
    }
}

#[cfg(feature = "etcd")]
#[test]
fn etcd_is_named_by_members_and_key() {
    let wrong = |url: &str| discovery::of(url, "http").map_or_else(|error| error.to_string(), |_| "right".to_owned());
    for right in ["etcd://10.0.0.1/services/orders", "etcd://a:1,b:2,[::1]:3/orders/?scheme=rpc&ttl=30"] {
        assert_eq!(wrong(right), "right");
    }
    for (url, what) in [
        ("etcd://10.0.0.1", "no service is named, as in `etcd://127.0.0.1:2379/services/orders`"),
        ("etcd://10.0.0.1//", "no service is named, as in `etcd://127.0.0.1:2379/services/orders`"),
        ("etcd:///orders", "`` is no member of etcd such as 10.0.0.1:2379"),
        ("etcd://a,,b/orders", "`` is no member of etcd such as 10.0.0.1:2379"),
        ("etcd://a/orders?ttl=1", "`ttl` is from 2 to 3600 seconds"),
        ("etcd://a/orders?ttl=soon", "`ttl` is a number of seconds"),
        ("etcd://a/orders?tll=9", "there is no setting `tll`; there are `scheme`, `ttl`"),
    ] {
        assert_eq!(wrong(url), format!("`{url}`: {what}"));
    }
    let secret = "etcd://root@10.0.0.1/orders";
    assert_eq!(
        wrong(secret),
        "`etcd://…@10.0.0.1/orders`: who logs in is said as `name:password@`, in percent encoding"
    );
    let many = vec!["a"; 17].join(",");
    assert!(wrong(&format!("etcd://{many}/orders")).ends_with("from 1 to 16 members of etcd are named"));
    let registry = discovery::registrar("dns://orders:80").unwrap_err().to_string();
    assert_eq!(registry, "`dns://orders:80`: is no registry such as `etcd://127.0.0.1:2379/services/orders`");
}

#[cfg(all(feature = "etcd", feature = "tls"))]
#[test]
fn etcd_over_tls_is_named_with_its_files() {
    let wrong = |url: &str| discovery::of(url, "http").map_or_else(|error| error.to_string(), |_| "right".to_owned());
    assert_eq!(wrong("etcds://10.0.0.1/orders"), "right");
    assert_eq!(wrong("etcds://10.0.0.1/orders?ca=/a.pem&cert=/b.pem&key=/b%20.key&ttl=5"), "right");
    let url = "etcds://10.0.0.1/orders?cert=/b.pem";
    assert_eq!(wrong(url), format!("`{url}`: `cert` and `key` are said together"));
    let url = "etcds://10.0.0.1/orders?roots=/b.pem";
    let known = "`ca`, `cert`, `key`, `scheme`, `ttl`";
    assert_eq!(wrong(url), format!("`{url}`: there is no setting `roots`; there are {known}"));
}

#[cfg(not(feature = "tls"))]
#[test]
fn what_is_not_built_says_what_it_needs() {
    let wrong = discovery::of("etcds://10.0.0.1/orders", "http").unwrap_err().to_string();
    assert_eq!(wrong, "`etcds://10.0.0.1/orders`: this build has not the features `etcd` and `tls`");
}
