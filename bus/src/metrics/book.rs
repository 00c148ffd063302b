//! Registers metrics and remembers what they are: a registry shows only those that have a value.

use prometheus::core::Collector;
use prometheus::{
    CounterVec, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    Result,
};

/// A family of metrics: one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// What it is about: a heading in `docs/metrics.md`.
    pub subject: &'static str,
    /// Its name.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Its labels.
    pub labels: Vec<String>,
    /// What it says.
    pub help: String,
}

/// A registry with the list of what is in it.
#[derive(Default)]
pub struct Book {
    registry: Registry,
    families: Vec<Family>,
    subject: &'static str,
}

impl Book {
    /// What is registered next is about this.
    pub fn about(&mut self, subject: &'static str) -> &mut Self {
        self.subject = subject;
        self
    }

    /// The registry and the list.
    pub fn close(self) -> (Registry, Vec<Family>) {
        (self.registry, self.families)
    }

    /// A whole number that grows.
    pub fn counter(&mut self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
        self.add("counter", IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    /// A whole number that grows from zero for each of these values: growth from nothing at all is no growth to
    /// Prometheus, and an alert on the first of something rare would stay silent.
    pub fn counter_from_zero(&mut self, name: &str, help: &str, label: &str, values: &[&str]) -> Result<IntCounterVec> {
        let counter = self.counter(name, help, &[label])?;
        for value in values {
            counter.with_label_values(&[value]).reset();
        }
        Ok(counter)
    }

    /// A sum that grows.
    pub fn sum(&mut self, name: &str, help: &str, labels: &[&str]) -> Result<CounterVec> {
        self.add("counter", CounterVec::new(Opts::new(name, help), labels)?)
    }

    /// A whole number that comes and goes.
    pub fn level(&mut self, name: &str, help: &str) -> Result<IntGauge> {
        self.add("gauge", IntGauge::new(name, help)?)
    }

    /// Whole numbers that come and go.
    pub fn levels(&mut self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
        self.add("gauge", IntGaugeVec::new(Opts::new(name, help), labels)?)
    }

    /// A number that comes and goes.
    pub fn gauge(&mut self, name: &str, help: &str) -> Result<Gauge> {
        self.add("gauge", Gauge::new(name, help)?)
    }

    /// Numbers that come and go.
    pub fn gauges(&mut self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec> {
        self.add("gauge", GaugeVec::new(Opts::new(name, help), labels)?)
    }

    /// A moment, which is not there before it is known: the age of nothing is not that of 1970.
    pub fn moment(&mut self, name: &str, help: &str) -> Result<GaugeVec> {
        self.gauges(name, help, &[])
    }

    /// Spans in seconds, in buckets that begin at `start` and grow by `factor`.
    pub fn seconds(
        &mut self,
        name: &str,
        help: &str,
        labels: &[&str],
        (start, factor, count): (f64, f64, usize),
    ) -> Result<HistogramVec> {
        let buckets = prometheus::exponential_buckets(start, factor, count)?;
        self.add("histogram", HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets), labels)?)
    }

    /// What the system knows of this process.
    pub fn process(&mut self) -> Result<()> {
        let build = self.levels("wick_build_info", "which version this is; always 1", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        #[cfg(target_os = "linux")]
        {
            let process = prometheus::process_collector::ProcessCollector::for_self();
            for desc in process.desc() {
                let kind = if desc.fq_name.ends_with("_total") { "counter" } else { "gauge" };
                self.note(kind, desc);
            }
            self.registry.register(Box::new(process))?;
        }
        Ok(())
    }

    fn add<C: Collector + Clone + 'static>(&mut self, kind: &'static str, collector: C) -> Result<C> {
        for desc in collector.desc() {
            self.note(kind, desc);
        }
        self.registry.register(Box::new(collector.clone()))?;
        Ok(collector)
    }

    fn note(&mut self, kind: &'static str, desc: &prometheus::core::Desc) {
        self.families.push(Family {
            subject: self.subject,
            name: desc.fq_name.clone(),
            kind,
            labels: desc.variable_labels.clone(),
            // The collector of processes ends its sentences with a full stop.
            help: desc.help.trim_end_matches('.').to_owned(),
        });
    }
}
