//! Mutual TLS with throw-away certificates, as the host wants it.
//!
//! The host's certificate is its own authority and a leaf at once, on curve P-521. A verifier by
//! chain refuses that, and a provider without P-521 never gets to see it. So the one certificate
//! that the host named is compared byte by byte, on aws-lc-rs. Anybody else on this machine who
//! finds the socket is refused.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use tokio_rustls::TlsAcceptor;

/// What connections are accepted with.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// Our certificate, as the handshake line carries it.
    pub(crate) certificate: String,
}

/// Makes a key and a certificate for this process.
pub(crate) fn prepare(client_pem: &str) -> Result<Tls, Box<dyn std::error::Error + Send + Sync>> {
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = CertificateDer::from_pem_slice(client_pem.as_bytes())
        .map_err(|error| format!("the host's certificate can't be read: {error:?}"))?;
    let key = rcgen::KeyPair::generate()?;
    let own = rcgen::CertificateParams::new(["localhost".to_owned()])?.self_signed(&key)?;
    let verifier = Pinned { client, algorithms: crypto.signature_verification_algorithms };
    let mut config = ServerConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![own.der().clone()], PrivateKeyDer::try_from(key.serialize_der())?)?;
    // Newer hosts refuse a connection that does not name its protocol.
    config.alpn_protocols = vec![b"h2".to_vec()];
    let certificate = STANDARD_NO_PAD.encode(own.der());
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
}

/// Accepts one certificate.
#[derive(Debug)]
struct Pinned {
    client: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        presented: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if presented.as_ref() == self.client.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
