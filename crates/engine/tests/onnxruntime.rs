//! Holds our kernels, and the models that are shipped, to onnxruntime, which runs the ONNX files that we write.
//!
//! It needs a `python3` (or what `RADAR_PYTHON` names) with numpy and onnxruntime; without one the
//! test says so and passes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use radar_engine::model::{Detector, Forest, KMeans, Kind};
use radar_engine::random::SplitMix64;

const ROWS: usize = 500;
const TOLERANCE: f32 = 1e-5;

/// Reads rows of little-endian floats beside the model, and writes their scores.
const SCRIPT: &str = "
import sys, numpy, onnxruntime
folder, width = sys.argv[1], int(sys.argv[2])
rows = numpy.fromfile(folder + '/rows', dtype='<f4').reshape(-1, width)
session = onnxruntime.InferenceSession(folder + '/model.onnx', providers=['CPUExecutionProvider'])
(output,) = session.run(None, {'features': rows})
scores = output if width == 1 or output.shape[1] == 1 else ((rows - output) ** 2).mean(axis=1, keepdims=True)
assert scores.shape == (len(rows), 1), scores.shape
scores.astype('<f4').tofile(folder + '/scores')
";

fn python() -> Option<String> {
    let python = std::env::var("RADAR_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import numpy, onnxruntime"]).output();
    found.is_ok_and(|output| output.status.success()).then_some(python)
}

/// Rows around 0, of which a few hold what is no number.
fn rows(width: usize) -> Vec<f32> {
    let mut random = SplitMix64::new(4);
    let mut rows: Vec<f32> = (0..ROWS * width).map(|_| 4.0 * (random.unit() + random.unit() - 1.0)).collect();
    for (place, odd) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 1e30, -1e30, f32::NAN].into_iter().enumerate() {
        rows[place * (width + 1)] = odd;
    }
    rows
}

fn check(python: &str, name: &str, onnx: &[u8], width: usize, rows: &[f32], ours: &[f32]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}_{width}"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("model.onnx"), onnx).unwrap();
    fs::write(folder.join("rows"), rows.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let output = Command::new(python).args(["-c", SCRIPT]).arg(&folder).arg(width.to_string()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(folder.join("scores")).unwrap();
    let theirs: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    assert_eq!(theirs.len(), ours.len());
    for (row, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
        // Beyond the range of floats both give infinity.
        let is_same = theirs == ours || (theirs - ours).abs() <= TOLERANCE * ours.abs().max(1.0);
        assert!(is_same, "{name}, row {row} of {width} features: {theirs} there, {ours} here");
    }
}

#[test]
fn onnxruntime_gives_the_same_scores() {
    let Some(python) = python() else {
        eprintln!("skipped: no python3 with numpy and onnxruntime; RADAR_PYTHON names another");
        return;
    };
    for width in [1, 6, 24, 70] {
        let rows = rows(width);
        let forest = Forest::fit(&rows, width, 1);
        let onnx = forest.to_onnx("forest");
        let read = Forest::from_onnx(&onnx).unwrap();
        assert_eq!(read.score(&rows), forest.score(&rows));
        check(&python, "forest", &onnx, width, &rows, &forest.score(&rows));

        let usual: Vec<f32> = rows.iter().map(|value| value.clamp(-100.0, 100.0)).collect();
        let kmeans = KMeans::fit(&usual, width, 1);
        check(&python, "kmeans", &kmeans.to_onnx("kmeans"), width, &usual, &kmeans.score(&usual));
    }
}

#[test]
fn onnxruntime_gives_the_same_scores_for_the_shipped_models() {
    let Some(python) = python() else {
        eprintln!("skipped: no python3 with numpy and onnxruntime; RADAR_PYTHON names another");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let mut kinds = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let onnx = fs::read(path.join("model.onnx")).unwrap();
        let (detector, manifest) = Detector::load(&fs::read(path.join("manifest.json")).unwrap(), &onnx).unwrap();
        let width = detector.width();
        let mut random = SplitMix64::new(6);
        let rows: Vec<f32> = (0..ROWS * width).map(|_| random.unit()).collect();
        let mut normalised = rows.clone();
        for row in normalised.chunks_exact_mut(width) {
            let normalisation = manifest.normalisation.offsets.iter().zip(&manifest.normalisation.factors);
            for (value, (offset, factor)) in row.iter_mut().zip(normalisation) {
                *value = (*value - offset) * factor;
            }
        }
        check(&python, &manifest.name, &onnx, width, &normalised, &detector.raw(rows).unwrap());
        kinds.push(manifest.kind);
    }
    assert!(Kind::ALL.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
}
