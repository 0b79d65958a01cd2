//! Rows a second through the isolation forest and k-means, on one core: `cargo bench --bench forest`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use radar_engine::model::{Forest, KMeans};
use radar_engine::random::SplitMix64;

const ROWS: usize = 100_000;
const WIDTHS: [usize; 3] = [8, 24, 64];
const TIME_MIN: Duration = Duration::from_secs(1);

fn main() {
    let mut random = SplitMix64::new(1);
    for width in WIDTHS {
        let rows: Vec<f32> = (0..ROWS * width).map(|_| random.unit() + random.unit() - 1.0).collect();
        let forest = Forest::fit(&rows, width, 1);
        let kmeans = KMeans::fit(&rows, width, 1);
        report("isolation forest", width, || forest.score(&rows).len());
        report("k-means", width, || kmeans.score(&rows).len());
    }
}

/// The best of several runs: on a shared machine the others measure its other work.
fn report(model: &str, width: usize, run: impl Fn() -> usize) {
    let started = Instant::now();
    let mut best = Duration::MAX;
    while started.elapsed() < TIME_MIN {
        let begin = Instant::now();
        black_box(run());
        best = best.min(begin.elapsed());
    }
    println!("{model}, {width} features: {:.0} rows/s", ROWS as f64 / best.as_secs_f64());
}
