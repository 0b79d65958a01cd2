//! The models that are part of this program, and those of folders that `radar train` wrote.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use radar_engine::analyze::{Analysis, Method};
use radar_engine::feature::Schema;
use radar_engine::model::{Detector, Kind, MANIFEST_BYTES_MAX, ONNX_BYTES_MAX};

struct Files {
    manifest: &'static [u8],
    onnx: &'static [u8],
}

macro_rules! files {
    ($name:literal) => {
        Files {
            manifest: include_bytes!(concat!("../../models/", $name, "/manifest.json")),
            onnx: include_bytes!(concat!("../../models/", $name, "/model.onnx")),
        }
    };
}

/// The model inside this program.
pub(crate) fn shipped(schema: Schema, kind: Kind) -> Result<Detector> {
    let files = match (schema, kind) {
        (Schema::Event, Kind::Autoencoder) => files!("event_autoencoder"),
        (Schema::Event, Kind::IsolationForest) => files!("event_isolation_forest"),
        (Schema::Event, Kind::KMeans) => files!("event_kmeans"),
        (Schema::Http, Kind::Autoencoder) => files!("http_autoencoder"),
        (Schema::Http, Kind::IsolationForest) => files!("http_isolation_forest"),
        (Schema::Http, Kind::KMeans) => files!("http_kmeans"),
        (Schema::Table, Kind::Autoencoder) => files!("table_autoencoder"),
        (Schema::Table, Kind::IsolationForest) => files!("table_isolation_forest"),
        (Schema::Table, Kind::KMeans) => files!("table_kmeans"),
        (Schema::EventAlone, _) => bail!("no {kind} for single events is part of this program but the server's own"),
    };
    let (detector, _) = Detector::load(files.manifest, files.onnx).context("a model inside this program can't be loaded")?;
    Ok(detector)
}

/// Gives an analysis that has read everything the models of this program that it needs.
pub(crate) fn give(method: Method, analysis: &mut Analysis) -> Result<()> {
    for schema in analysis.schemas() {
        for kind in method.model.kinds() {
            analysis.add(schema, shipped(schema, *kind)?);
        }
    }
    Ok(())
}

/// The model of a folder, and what it reads.
pub(crate) fn of_folder(folder: &Path) -> Result<(Schema, Detector)> {
    let read = |name: &str, bytes_max: usize| {
        let path = folder.join(name);
        let context = || format!("{} can't be read", path.display());
        let bytes = fs::metadata(&path).with_context(context)?.len();
        anyhow::ensure!(bytes <= bytes_max as u64, "{} is larger than {bytes_max} bytes", path.display());
        fs::read(&path).with_context(context)
    };
    let (manifest, onnx) = (read("manifest.json", MANIFEST_BYTES_MAX)?, read("model.onnx", ONNX_BYTES_MAX)?);
    let named = || format!("the model in {} can't be used", folder.display());
    let (detector, manifest) = Detector::load(&manifest, &onnx).with_context(named)?;
    let schema = manifest.reads().with_context(named)?;
    if schema == Schema::EventAlone {
        bail!("{}: it reads events alone, as the server does; train one for files with --schema event", named());
    }
    Ok((schema, detector))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_model_loads_and_reads_its_schema() {
        for schema in [Schema::Event, Schema::Http, Schema::Table] {
            for kind in Kind::ALL {
                let detector = shipped(schema, kind).unwrap();
                assert_eq!((detector.kind(), detector.width()), (kind, schema.width()), "{schema:?}");
            }
        }
    }

    #[test]
    fn a_folder_without_a_model_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = of_folder(folder.path()).err().unwrap().to_string();
        assert!(error.ends_with("manifest.json can't be read"), "{error}");
    }
}
