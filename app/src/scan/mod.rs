//! The handle to the browser worker, in which the engine runs. The worker and its model are fetched
//! when something is scored for the first time, not with the page.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
pub(crate) use browser::Scanner;
#[cfg(not(feature = "hydrate"))]
pub(crate) use stub::Scanner;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScannerState {
    Idle,
    Loading,
    Ready { model: String },
    Failed { message: String },
}

impl ScannerState {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Loading => "loading",
            Self::Ready { .. } => "ready",
            Self::Failed { .. } => "failed",
        }
    }

    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Idle => String::new(),
            Self::Loading => "Loading the engine and its model".into(),
            Self::Ready { model } => format!("Scored with {model}"),
            Self::Failed { message } => message.clone(),
        }
    }
}
