use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request};
use futures::StreamExt;
use radar_types::wire::LiveUpdate;
use tower::ServiceExt;

use crate::people::Somebody;
use crate::support::TestApp;

/// Reads server-sent events off a live connection.
pub(crate) struct Feed {
    body: BodyDataStream,
    buffered: String,
}

impl Feed {
    pub(crate) async fn open(app: &TestApp, somebody: &Somebody, path: &str) -> Self {
        let request = somebody.request(&Method::GET, path).body(Body::empty()).unwrap();
        Self::open_with(app, request).await
    }

    pub(crate) async fn open_with(app: &TestApp, request: Request<Body>) -> Self {
        let response = app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), buffered: String::new() }
    }

    /// The first message, which names the version of the page.
    pub(crate) async fn greeting(&mut self) -> String {
        while !self.buffered.contains("\n\n") {
            let chunk = self.body.next().await.unwrap().unwrap();
            self.buffered.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        self.buffered.split_once("\n\n").unwrap().0.to_owned()
    }

    /// The next update, with the id under which the feed resumes.
    pub(crate) async fn next(&mut self) -> (String, LiveUpdate) {
        loop {
            if let Some((message, rest)) = self.buffered.split_once("\n\n") {
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let found = (field("id: "), field("data: "));
                self.buffered = rest.to_owned();
                if let (Some(id), Some(data)) = found {
                    return (id, serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let chunk =
                tokio::time::timeout(Duration::from_secs(10), self.body.next()).await.expect("an update within ten seconds");
            self.buffered.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        }
    }

    /// Until the server ends it.
    pub(crate) async fn end(&mut self) {
        let end = async { while self.body.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(10), end).await.expect("an end within ten seconds");
    }
}
