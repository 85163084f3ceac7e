//! The newsroom over HTTP, as the server serves it.

use std::{collections::BTreeMap, time::Duration};

use dateline::http::{self, Front, Limits, Proxies, Trusted};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Newsroom;

/// A newsroom that is served until it is dropped.
pub struct Served {
    address: String,
    client: reqwest::Client,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Newsroom {
    /// Serves it behind proxies.
    pub async fn served_behind(&self, proxies: &str) -> Served {
        let proxies: Proxies = proxies.parse().expect("proxies");
        self.served(proxies, Limits::default(), Trusted::default())
            .await
    }

    /// Serves it with limits and trusted documents.
    pub async fn served_with(&self, limits: Limits, trusted: Trusted) -> Served {
        self.served(Proxies::default(), limits, trusted).await
    }

    async fn served(&self, proxies: Proxies, limits: Limits, trusted: Trusted) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let front = Front::new(self.engine.clone(), limits, proxies, trusted);
        let server = tokio::spawn(async move {
            let served = http::serve(
                listener,
                front,
                Limits::default(),
                std::future::pending::<()>(),
            );
            served.await.expect("it serves");
        });
        Served {
            address: format!("http://{address}/graphql"),
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(20))
                .build()
                .expect("a client"),
            server,
        }
    }
}

impl Served {
    /// The status and the answer to an operation that is sent with headers.
    pub async fn ask(
        &self,
        headers: &[(&str, &str)],
        query: &str,
        variables: Value,
    ) -> (u16, Value) {
        let body = json!({ "query": query, "variables": variables });
        self.send(headers, &body).await
    }

    /// The status and the answer to a body as it is.
    pub async fn send(&self, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let mut request = self
            .client
            .post(&self.address)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.body(body.to_string())).await
    }

    /// The head of the answer to a body: its status and its headers, but for those that differ every time.
    pub async fn head(&self, body: &Value) -> (u16, BTreeMap<String, String>) {
        let request = self
            .client
            .post(&self.address)
            .header("content-type", "application/json");
        let answer = request
            .body(body.to_string())
            .send()
            .await
            .expect("an answer");
        let headers = answer.headers().iter().map(|(name, value)| {
            let value = value.to_str().expect("a visible value").to_owned();
            match name.as_str() {
                "x-request-id" => (name.to_string(), format!("{} characters", value.len())),
                _ => (name.to_string(), value),
            }
        });
        let headers = headers.filter(|(name, _)| name != "date").collect();
        (answer.status().as_u16(), headers)
    }

    /// The status and the answer to a GET with parameters.
    pub async fn get(&self, parameters: &[(&str, &str)]) -> (u16, Value) {
        let address =
            reqwest::Url::parse_with_params(&self.address, parameters).expect("an address");
        read(self.client.get(address)).await
    }
}

async fn read(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).expect("JSON"))
}
