//! The flags that say which detectors judge, for every command that judges files.

use std::path::PathBuf;

use anyhow::{Context, Result};
use radar_engine::analyze::{Analysis, Fit, Method, Model};
use radar_engine::model::Kind;

use crate::models;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Judge {
    /// Which detector judges
    #[arg(long, value_enum, default_value_t = ModelName::Ensemble)]
    model: ModelName,
    /// What the models were fitted to: logs of all kinds, before, or this input alone
    #[arg(long, value_enum, default_value_t = FitName::Pretrained)]
    fit: FitName,
    /// The folder of a model that `radar train` wrote, in place of the one of its kind in this program
    #[arg(long, value_name = "DIR", num_args = 1..)]
    models: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum ModelName {
    /// Novelty and all models together
    Ensemble,
    Autoencoder,
    IsolationForest,
    Kmeans,
    /// What is rare or unheard of in the input itself
    Novelty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FitName {
    Pretrained,
    File,
}

impl Judge {
    pub(super) fn method(&self) -> Method {
        let model = match self.model {
            ModelName::Ensemble => Model::Ensemble,
            ModelName::Autoencoder => Model::One(Kind::Autoencoder),
            ModelName::IsolationForest => Model::One(Kind::IsolationForest),
            ModelName::Kmeans => Model::One(Kind::KMeans),
            ModelName::Novelty => Model::Novelty,
        };
        let fit = match self.fit {
            FitName::Pretrained => Fit::Pretrained,
            FitName::File => Fit::File,
        };
        Method { model, fit }
    }

    pub(super) fn name(&self) -> &'static str {
        self.method().model.name()
    }

    /// Gives an analysis that has read everything the models that it needs.
    pub(super) fn give_models(&self, analysis: &mut Analysis) -> Result<()> {
        models::give(self.method(), analysis)?;
        for folder in &self.models {
            let (schema, detector) = models::of_folder(folder)?;
            let needs = analysis.schemas();
            let named = || format!("the model in {} reads {}, which is not what this input holds", folder.display(), schema.name());
            needs.contains(&schema).then_some(()).with_context(named)?;
            analysis.add(schema, detector);
        }
        Ok(())
    }
}
