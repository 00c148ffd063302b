//! `[dashboard]`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::Deserialize;
use url::Url;
use wick_bus::House;
use wick_schemas::topic::actor::DASHBOARD;

use crate::error::{Error, Result};

/// The dashboard's settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DashboardConfig {
    /// Where the page is served; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The gateway that it asks; empty: this house's.
    pub gateway_url: String,
}

impl DashboardConfig {
    /// Reads the section.
    ///
    /// # Errors
    /// [`Error::House`] that names the key that is wrong.
    pub fn of(house: &House) -> Result<Self> {
        Ok(house.config.section(DASHBOARD)?)
    }

    /// The gateway that is asked: the one that is named, or else the one of this house, which listens at `house`.
    ///
    /// # Errors
    /// [`Error::House`] where the name is none, or there is none and the house's gateway may be anywhere.
    pub fn gateway(&self, house: SocketAddr) -> Result<Url> {
        let wrong = |what: String| Error::House(wick_bus::Error::Config(what));
        if self.gateway_url.is_empty() {
            if house.port() == 0 {
                let what = "dashboard.gateway_url is empty, and gateway.listen takes any free port: name the one or the \
                            other";
                return Err(wrong(what.into()));
            }
            let text = format!("http://{}/", reachable(house));
            return Url::parse(&text).map_err(|error| wrong(format!("gateway.listen: {error}")));
        }
        let refused = |reason: &str| {
            wrong(format!("dashboard.gateway_url: '{}' {reason}: write as in http://10.0.0.5:8080", self.gateway_url))
        };
        let mut url = Url::parse(&self.gateway_url).map_err(|error| refused(&format!("is no address ({error})")))?;
        if !["http", "https"].contains(&url.scheme()) || url.host().is_none() {
            return Err(refused("is not HTTP"));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(refused("has more than a host and a path"));
        }
        let path = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(url)
    }
}

/// An address to connect to, of one to listen on: nobody can connect to "any".
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::watch;
    use wick_bus::Config;

    fn config(flags: &[(&str, &str)]) -> Result<DashboardConfig> {
        let flags: Vec<_> =
            flags.iter().map(|(key, value)| (format!("dashboard.{key}"), (*value).to_owned())).collect();
        let house = House::new(Config::load(None, &flags).expect("settings"), String::new(), watch::channel(false).1);
        DashboardConfig::of(&house.expect("house"))
    }

    fn gateway(url: &str, house: &str) -> Result<String> {
        let gateway = config(&[("gateway_url", url)]).expect("settings").gateway(house.parse().expect("an address"));
        gateway.map(String::from)
    }

    #[test]
    fn it_is_on_loopback_and_asks_the_gateway_of_its_house() {
        assert_eq!(config(&[]).expect("defaults").listen.to_string(), "127.0.0.1:8081");
        assert_eq!(gateway("", "127.0.0.1:8080").expect("an address"), "http://127.0.0.1:8080/");
        assert_eq!(gateway("", "0.0.0.0:81").expect("an address"), "http://127.0.0.1:81/");
        assert_eq!(gateway("", "[::]:81").expect("an address"), "http://[::1]:81/");
    }

    #[test]
    fn a_gateway_elsewhere_is_asked_where_it_is_named() {
        assert_eq!(gateway("http://far:8080", "127.0.0.1:1").expect("an address"), "http://far:8080/");
        assert_eq!(gateway("https://far/wick/", "127.0.0.1:1").expect("an address"), "https://far/wick/");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (key, value) in [("listen", "nowhere"), ("lisen", "1")] {
            let error = config(&[(key, value)]).expect_err(key).to_string();
            assert!(error.contains(key), "{error}");
        }
        for url in ["far:8080", "nonsense", "ftp://far", "http://me@far", "http://far/?a=b"] {
            let error = gateway(url, "127.0.0.1:1").expect_err(url).to_string();
            assert!(error.contains("dashboard.gateway_url") && error.contains(url), "{error}");
        }
        let error = gateway("", "127.0.0.1:0").expect_err("anywhere").to_string();
        assert!(error.contains("gateway.listen"), "{error}");
    }
}
