use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::thresholds::{ThresholdChoice, Trial};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// From which score on an event of the collection in view has which severity.
#[server(prefix = "/api/fn", endpoint = "thresholds", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_thresholds() -> Result<ThresholdChoice, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.thresholds(&context.asker.actor, context.asker.side, context.now).await?)
}

/// How many events of the last 7 days other thresholds would have flagged. Each is above the one before it, and at most 1.
#[server(prefix = "/api/fn", endpoint = "try_thresholds", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn try_thresholds(low: f64, medium: f64, high: f64, critical: f64) -> Result<Trial, ApiError> {
    let context = super::ssr::context();
    let thresholds = radar_types::thresholds::Thresholds { low, medium, high, critical };
    Ok(context.services.try_thresholds(&context.asker.actor, context.asker.side, thresholds, context.now).await?)
}

/// Changes the thresholds of the collection in view. Each is above the one before it, and at most 1.
#[server(prefix = "/api/fn", endpoint = "set_thresholds", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn set_thresholds(low: f64, medium: f64, high: f64, critical: f64) -> Result<(), ApiError> {
    let context = super::ssr::context();
    let thresholds = radar_types::thresholds::Thresholds { low, medium, high, critical };
    Ok(context.services.set_thresholds(&context.asker.actor, context.asker.side, thresholds, context.now).await?)
}
