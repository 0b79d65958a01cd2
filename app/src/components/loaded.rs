use leptos::prelude::*;

use crate::api::ApiError;

/// What is shown once an answer is there: the view of it, or why there is none. Each answer has a type of its own, and one
/// view for all of them keeps the page small.
pub(crate) fn loaded<T>(resource: Resource<Result<T, ApiError>>, view: impl Fn(T) -> AnyView + Clone + Send + 'static) -> AnyView
where
    T: Clone + Send + Sync + 'static,
{
    let make: Box<dyn Fn() -> Suspend<AnyView> + Send> = Box::new(move || {
        let view = view.clone();
        Suspend::new(async move {
            match resource.await {
                Ok(value) => view(value),
                Err(error) => view! { <p role="alert">{error.0.message}</p> }.into_any(),
            }
        })
    });
    view! { <Transition>{make}</Transition> }.into_any()
}
