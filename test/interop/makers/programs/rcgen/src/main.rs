//! Makes what rcgen makes, from the keys and certificates of a directory: `rcgen-maker <kind> <variant> <directory>`.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber,
};
use std::{env, error::Error, fs, path::PathBuf};
use time::{Duration, OffsetDateTime};
use x509_parser::{parse_x509_certificate, pem::parse_x509_pem};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().collect();
    let [_, kind, variant, directory] = arguments.as_slice() else {
        return Err("want: <kind> <variant> <directory>".into());
    };
    let maker = Maker { variant: variant.clone(), directory: PathBuf::from(directory) };
    match kind.as_str() {
        "crl" => maker.crl(),
        "chain" => maker.chain(),
        other => Err(format!("unknown kind {other}").into()),
    }
}

struct Maker {
    variant: String,
    directory: PathBuf,
}

impl Maker {
    /// By the authority of the directory. Its key identifier is that of the certificate, unless the variant is `default`.
    fn crl(&self) -> Outcome {
        let authority = self.read("ca.crt")?;
        let issuer = Issuer::from_ca_cert_pem(&authority, KeyPair::from_pem(&self.read("ca.key")?)?)?;
        let (_, pem) = parse_x509_pem(authority.as_bytes())?;
        let (_, certificate) = parse_x509_certificate(&pem.contents)?;
        let identifier = certificate.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
            _ => None,
        });
        let serial_number = if self.variant.starts_with("revoked") { self.serial_of("leaf.crt")? } else { 4711.into() };
        let list = CertificateRevocationListParams {
            this_update: at(-1),
            next_update: at(24),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number,
                revocation_time: at(-2),
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            }],
            key_identifier_method: match identifier {
                Some(identifier) if !self.variant.ends_with("own key identifier") => KeyIdMethod::PreSpecified(identifier),
                _ => KeyIdMethod::Sha256,
            },
        };
        fs::write(self.directory.join("out"), list.signed_by(&issuer)?.der())?;
        Ok(())
    }

    /// The variant is the type of the strings of names.
    fn chain(&self) -> Outcome {
        let (root_key, leaf_key) = (KeyPair::generate()?, KeyPair::generate()?);
        let mut root = self.parameters("Root of rcgen")?;
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root_certificate = root.self_signed(&root_key)?;
        let mut leaf = self.parameters("signer")?;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        leaf.use_authority_key_identifier_extension = true;
        let leaf_certificate = leaf.signed_by(&leaf_key, &Issuer::new(root, root_key))?;
        fs::write(self.directory.join("root.crt"), root_certificate.pem())?;
        fs::write(self.directory.join("leaf.crt"), leaf_certificate.pem() + &root_certificate.pem())?;
        fs::write(self.directory.join("leaf.key"), leaf_key.serialize_pem())?;
        Ok(())
    }

    fn parameters(&self, common_name: &str) -> Result<CertificateParams, Box<dyn Error>> {
        let mut parameters = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, DnValue::PrintableString("US".try_into()?));
        name.push(DnType::StateOrProvinceName, self.string("WA")?);
        name.push(DnType::OrganizationName, self.string("Notary")?);
        name.push(DnType::CommonName, self.string(common_name)?);
        parameters.distinguished_name = name;
        parameters.not_before = at(-24);
        parameters.not_after = at(240);
        Ok(parameters)
    }

    fn string(&self, value: &str) -> Result<DnValue, Box<dyn Error>> {
        Ok(match self.variant.as_str() {
            "BmpString" => DnValue::BmpString(value.try_into()?),
            "TeletexString" => DnValue::TeletexString(value.try_into()?),
            "UniversalString" => DnValue::UniversalString(value.try_into()?),
            "PrintableString" => DnValue::PrintableString(value.try_into()?),
            _ => DnValue::Utf8String(value.into()),
        })
    }

    fn serial_of(&self, name: &str) -> Result<SerialNumber, Box<dyn Error>> {
        let text = self.read(name)?;
        let (_, pem) = parse_x509_pem(text.as_bytes())?;
        let (_, certificate) = parse_x509_certificate(&pem.contents)?;
        Ok(SerialNumber::from_slice(certificate.raw_serial()))
    }

    fn read(&self, name: &str) -> Result<String, Box<dyn Error>> {
        Ok(fs::read_to_string(self.directory.join(name))?)
    }
}

fn at(hours: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH) + Duration::hours(hours)
}
