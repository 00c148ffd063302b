//! The actors of a process, started and stopped in the order of the flow.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wick_bus::database::{Database, Location};
use wick_bus::server::Server;
use wick_bus::supervisor::{self, Running};
use wick_bus::telemetry::traces::Traces;
use wick_bus::{Config, House};
use wick_drift_monitor::DriftMonitor;
use wick_feature_builder::FeatureBuilder;
use wick_fetcher::Fetcher;
use wick_gateway::config::GatewayConfig;
use wick_predictor::Predictor;
use wick_schemas::topic::actor::{
    DASHBOARD, DRIFT_MONITOR, FEATURE_BUILDER, FETCHER, GATEWAY, PREDICTOR, TRAINER, VALIDATOR,
};
use wick_trainer::Trainer;
use wick_validator::Validator;

/// The actors of this process, and its bus if it has one of its own.
pub struct Household {
    /// What they share.
    pub house: House,
    actors: Vec<Running>,
    metrics: Option<wick_gateway::Serving>,
    gateway: Option<wick_gateway::Serving>,
    dashboard: Option<wick_dashboard::Serving>,
    /// What goes on beside the actors, and may be cut off.
    beside: Vec<JoinHandle<()>>,
    /// Who compares vectors with bronze, where they are built.
    audit: Option<JoinHandle<()>>,
    /// Who looks at Redis for what is counted.
    sampler: Option<JoinHandle<()>>,
    server: Option<Server>,
    stop: watch::Sender<bool>,
}

impl Household {
    /// Opens the bus, then starts the named actors, those who listen first. `replay` says that the past is replayed, and
    /// whether forecasts then wait for the model that was due.
    pub async fn start(config: Config, names: &[&str], replay: Option<bool>, own_bus: bool) -> anyhow::Result<Self> {
        // The dashboard talks to the gateway only.
        let on_a_bus = names.iter().any(|name| *name != DASHBOARD);
        if on_a_bus && !own_bus && config.bus.url.is_empty() {
            bail!(wick_bus::Error::Config(
                "bus.url is empty: name the Redis that the other actors use (--set bus.url=redis://…), or run them all \
                 here with `wick up`"
                    .into()
            ));
        }
        let folder = &config.data_dir;
        std::fs::create_dir_all(folder).with_context(|| {
            format!("the data folder {} cannot be made: choose another with --data-dir", folder.display())
        })?;
        let traces = Traces::open(&config.telemetry)?;
        let server = if on_a_bus && config.bus.url.is_empty() { Some(Server::start(&config).await?) } else { None };
        let url = server.as_ref().map_or_else(|| config.bus.url.clone(), |server| server.url.clone());
        let (stop, stopped) = watch::channel(false);
        let mut house = House::new(config, url, stopped)?;
        house.replay = replay.is_some();
        house.holds = replay.unwrap_or(true);
        house.traces = traces;
        let mut household = Self {
            house,
            actors: Vec::new(),
            metrics: None,
            gateway: None,
            dashboard: None,
            beside: Vec::new(),
            audit: None,
            sampler: None,
            server,
            stop,
        };
        if let Err(error) = household.admit(names).await {
            household.stop().await;
            return Err(error);
        }
        Ok(household)
    }

    async fn admit(&mut self, names: &[&str]) -> anyhow::Result<()> {
        let house = &self.house;
        // A server that is away now is said at once; one that goes away later is waited for.
        if names.contains(&VALIDATOR) || names.contains(&FEATURE_BUILDER) {
            drop(Database::read(Location::silver(&house.config)?).await?);
        }
        if names.contains(&TRAINER) {
            let tracked = house.clone();
            self.beside.push(actix::spawn(async move {
                if let Err(error) = wick_trainer::track(tracked).await {
                    tracing::error!(%error, "models are not shown anywhere");
                }
            }));
            let traced = house.clone();
            self.beside.push(actix::spawn(async move {
                if let Err(error) = crate::lineage::follow(traced).await {
                    tracing::error!(%error, "lineage is not told");
                }
            }));
        }
        if names.contains(&FEATURE_BUILDER) {
            let audited = house.clone();
            self.audit = Some(actix::spawn(async move {
                if let Err(error) = crate::parity::audit::follow(audited).await {
                    tracing::error!(%error, "vectors are not compared with bronze");
                }
            }));
        }
        if !house.replay {
            self.sampler = Some(actix::spawn(wick_bus::sampler::follow(house.clone())));
        }
        // Doors first: a taken port is said before anything else has begun.
        if !house.replay {
            self.metrics = Some(wick_gateway::serve_metrics(house, house.config.telemetry.metrics).await?);
        }
        if names.contains(&GATEWAY) {
            self.gateway = Some(wick_gateway::serve(house, Some(Arc::new(crate::vectors::Vectors))).await?);
        }
        if names.contains(&DASHBOARD) {
            let here = self.gateway.as_ref().map(wick_gateway::Serving::address);
            let gateway = here.map_or_else(|| GatewayConfig::of(house).map(|there| there.listen), Ok)?;
            self.dashboard = Some(wick_dashboard::serve(house, gateway).await?);
        }
        for name in names.iter().rev() {
            self.actors.insert(
                0,
                match *name {
                    FETCHER => supervisor::start_producer::<Fetcher>(house),
                    VALIDATOR => supervisor::start::<Validator>(house),
                    FEATURE_BUILDER => supervisor::start::<FeatureBuilder>(house),
                    PREDICTOR => supervisor::start::<Predictor>(house),
                    DRIFT_MONITOR => supervisor::start::<DriftMonitor>(house),
                    TRAINER => supervisor::start::<Trainer>(house),
                    _ => continue,
                },
            );
        }
        Ok(())
    }

    /// Waits until somebody says stop, or an actor dies of what cannot be lived with.
    pub async fn live(&mut self) -> anyhow::Result<()> {
        if self.actors.is_empty() {
            asked_to_stop().await;
            return Ok(());
        }
        let deaths = self.actors.iter_mut().map(|actor| Box::pin(actor.ended()));
        tokio::select! {
            () = asked_to_stop() => Ok(()),
            (end, _, _) = futures::future::select_all(deaths) => Ok(end?),
        }
    }

    /// Stops everyone, each after it has finished what it was doing, and the bus last.
    pub async fn stop(mut self) -> () {
        self.beside.iter().chain(&self.audit).chain(&self.sampler).for_each(JoinHandle::abort);
        if let Some(dashboard) = self.dashboard.take() {
            dashboard.stop().await;
        }
        for door in self.gateway.take().into_iter().chain(self.metrics.take()) {
            door.stop().await;
        }
        for actor in self.actors.drain(..) {
            let name = actor.name;
            if let Err(error) = actor.stop().await {
                tracing::error!(actor = name, %error, "did not end well");
            }
        }
        if !self.beside.is_empty() {
            crate::lineage::finish(&self.house).await;
        }
        self.house.traces.close().await;
        let _ = self.stop.send(true);
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Where the gateway listens, if it does.
    pub fn gateway(&self) -> Option<SocketAddr> {
        self.gateway.as_ref().map(wick_gateway::Serving::address)
    }

    /// Where Prometheus finds this process, if it may.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(wick_gateway::Serving::address)
    }

    /// Where the dashboard is, if it is.
    pub fn dashboard(&self) -> Option<SocketAddr> {
        self.dashboard.as_ref().map(wick_dashboard::Serving::address)
    }
}

/// Ctrl-C, or the polite signal of a service manager.
pub async fn asked_to_stop() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
