//! Who gets in: only the one certificate that the host named.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use super::prepare;

/// A throw-away certificate as a Go host makes it: P-521, its own authority.
struct Cert {
    pem: String,
    der: CertificateDer<'static>,
    key: Vec<u8>,
}

fn host_cert() -> Cert {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
    let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let cert = params.self_signed(&key).unwrap();
    Cert { pem: cert.pem(), der: cert.der().clone(), key: key.serialize_der() }
}

/// Looks at nothing: this is about what the server thinks of the client.
#[derive(Debug)]
struct Trusting(rustls::crypto::CryptoProvider);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Shakes hands and passes four bytes each way. Says the protocol that was agreed.
async fn talk(named: &Cert, presented: Option<&Cert>) -> Result<Option<Vec<u8>>, String> {
    let acceptor = prepare(&named.pem).unwrap().acceptor;
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let server = tokio::spawn(async move {
        let mut stream = acceptor.accept(theirs).await.map_err(|error| error.to_string())?;
        stream.write_all(b"pong").await.map_err(|error| error.to_string())
    });
    let crypto = rustls::crypto::aws_lc_rs::default_provider();
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto.clone()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting(crypto)));
    let mut config = match presented {
        None => builder.with_no_client_auth(),
        Some(cert) => {
            let key = PrivateKeyDer::try_from(cert.key.clone()).unwrap();
            builder.with_client_auth_cert(vec![cert.der.clone()], key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("localhost").unwrap();
    let client = async {
        let mut stream = connector.connect(name, ours).await.map_err(|error| error.to_string())?;
        let mut answer = [0; 4];
        // TLS 1.3 lets a client believe it is connected until it reads.
        stream.read_exact(&mut answer).await.map_err(|error| error.to_string())?;
        Ok(stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec))
    };
    let said: Result<_, String> = client.await;
    match server.await.unwrap() {
        Ok(()) => said,
        Err(refused) => {
            said.unwrap_err();
            Err(refused)
        }
    }
}

#[tokio::test]
async fn only_the_named_certificate_gets_in() {
    let (host, other) = (host_cert(), host_cert());
    assert_eq!(talk(&host, Some(&host)).await, Ok(Some(b"h2".to_vec())));
    let none = talk(&host, None).await.unwrap_err();
    assert_eq!(none, "peer sent no certificates");
    let stranger = talk(&host, Some(&other)).await.unwrap_err();
    assert_eq!(stranger, "invalid peer certificate: UnknownIssuer");
}

#[test]
fn a_certificate_that_is_none_is_refused() {
    assert!(prepare("not a certificate").is_err());
}
