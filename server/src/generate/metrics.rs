//! A table of measurements, one row a minute for each of a few machines, as CSV.

use radar_engine::random::SplitMix64;
use radar_types::Timestamp;

const HOSTS: [&str; 4] = ["web-1", "web-2", "db-1", "cache-1"];
const REGIONS: [&str; 2] = ["north", "south"];

pub(crate) struct Metrics {
    random: SplitMix64,
    anomaly_share: f64,
    row: u64,
}

impl Metrics {
    pub(crate) const HEADER: &str = "timestamp,host,region,requests,latency_ms,cpu_percent,memory_mb,errors";

    pub(crate) fn new(seed: u64, anomaly_share: f64) -> Self {
        Self { random: SplitMix64::new(seed), anomaly_share, row: 0 }
    }

    /// The next row, and what is wrong with it, if anything is. Each host has every fourth.
    pub(crate) fn line(&mut self, at: Timestamp) -> (String, Option<&'static str>) {
        let index = (self.row % HOSTS.len() as u64) as usize;
        self.row += 1;
        let day = at.millis_of_day() as f64 / 86_400_000.0;
        // Busiest in the early afternoon.
        let load = 0.55 + 0.45 * ((day - 0.333) * std::f64::consts::TAU).sin();
        let mut requests = (200.0 + 100.0 * index as f64) * load * self.noise(0.1) + 20.0;
        let mut latency = (18.0 + 6.0 * index as f64) * (0.8 + 0.5 * load) * self.noise(0.15);
        let mut cpu = (8.0 + 55.0 * load) * self.noise(0.08);
        let mut memory = (1800.0 + 400.0 * index as f64) * self.noise(0.02);
        let mut errors = f64::from(u8::from(self.random.chance(0.08)));
        let mut region = REGIONS[index % 2];
        let anomaly = self.random.chance(self.anomaly_share as f32).then(|| match self.random.below(6) {
            0 => {
                latency *= 12.0 + 20.0 * f64::from(self.random.unit());
                "slow"
            }
            1 => {
                cpu = 99.0 + f64::from(self.random.unit());
                requests *= 0.2;
                "spinning"
            }
            2 => {
                requests *= 6.0 + 6.0 * f64::from(self.random.unit());
                "flood"
            }
            3 => {
                errors = 30.0 + self.random.below(300) as f64;
                "failing"
            }
            4 => {
                memory *= 2.2 + f64::from(self.random.unit());
                "leaking"
            }
            _ => {
                region = "unassigned";
                requests = 0.0;
                "lost"
            }
        });
        let host = HOSTS[index];
        (format!("{at},{host},{region},{requests:.0},{latency:.1},{:.1},{memory:.0},{errors:.0}", cpu.min(100.0)), anomaly)
    }

    /// A factor around 1; the sum of four draws is near enough to a bell.
    fn noise(&mut self, spread: f64) -> f64 {
        let sum: f64 = (0..4).map(|_| f64::from(self.random.unit()) - 0.5).sum();
        1.0 + spread * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_columns_of_the_header() {
        let mut metrics = Metrics::new(3, 0.1);
        let mut anomalies = 0;
        for index in 0..5000 {
            let (row, anomaly) = metrics.line(Timestamp::saturating_from_unix_millis(index * 15_000));
            assert_eq!(row.split(',').count(), Metrics::HEADER.split(',').count(), "{row}");
            anomalies += usize::from(anomaly.is_some());
        }
        assert!((400..600).contains(&anomalies), "{anomalies}");
    }

    #[test]
    fn a_seed_stands_for_its_rows() {
        let row = |seed| Metrics::new(seed, 0.5).line(Timestamp::MIN);
        assert_eq!(row(1), row(1));
        assert_ne!(row(1), row(2));
    }
}
