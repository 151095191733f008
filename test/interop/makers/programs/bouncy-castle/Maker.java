import java.io.FileReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERT61String;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;

/**
 * Makes what Bouncy Castle makes, from the keys and certificates of a directory:
 * `Maker BC|JDK <kind> <variant> <directory>`; the JDK has key stores of its own.
 */
public final class Maker {
  private static final Provider PROVIDER = new BouncyCastleProvider();
  private static final char[] PASSPHRASE = "correct horse".toCharArray();
  private static final long HOUR = 3_600_000;

  private final Path directory;
  private final String variant;

  private Maker(String variant, Path directory) {
    this.variant = variant;
    this.directory = directory;
  }

  public static void main(String[] args) throws Exception {
    Maker maker = new Maker(args[2], Path.of(args[3]));
    switch (args[1]) {
      case "key" -> maker.key();
      case "pkcs12" -> maker.pkcs12("BC".equals(args[0]));
      case "chain" -> maker.chain();
      case "crl" -> maker.crl();
      case "ocsp" -> maker.ocsp();
      case "timestamp" -> maker.timestamp();
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private void key() throws Exception {
    PrivateKey key = privateKey("leaf");
    try (JcaPEMWriter writer = new JcaPEMWriter(new OutputStreamWriter(Files.newOutputStream(out())))) {
      ASN1ObjectIdentifier algorithm = encryption();
      if (algorithm == null) {
        writer.writeObject("pkcs8".equals(variant) ? new JcaPKCS8Generator(key, null) : key);
        return;
      }
      JceOpenSSLPKCS8EncryptorBuilder encryptor = new JceOpenSSLPKCS8EncryptorBuilder(algorithm);
      encryptor.setProvider(PROVIDER).setRandom(new SecureRandom()).setPassword(PASSPHRASE);
      writer.writeObject(new JcaPKCS8Generator(key, encryptor.build()));
    }
  }

  private ASN1ObjectIdentifier encryption() {
    return switch (variant) {
      case "aes-256-cbc" -> JcaPKCS8Generator.AES_256_CBC;
      case "des3-cbc" -> JcaPKCS8Generator.DES3_CBC;
      case "pbe-sha1-3des" -> JcaPKCS8Generator.PBE_SHA1_3DES;
      default -> null;
    };
  }

  /** The variant is the type of the store. */
  private void pkcs12(boolean ours) throws Exception {
    KeyStore store = ours ? KeyStore.getInstance(variant, PROVIDER) : KeyStore.getInstance(variant);
    store.load(null, null);
    store.setKeyEntry("signer", privateKey("leaf"), PASSPHRASE, new Certificate[] {certificate("leaf"), certificate("ca")});
    try (OutputStream stream = Files.newOutputStream(out())) {
      store.store(stream, PASSPHRASE);
    }
  }

  /** The variant is how names are written. */
  private void chain() throws Exception {
    KeyPair root = newKey();
    KeyPair leaf = newKey();
    X500Name issuer = name("Root of Bouncy Castle");
    X500Name subject = name("signer");
    X509Certificate rootCertificate = certify(issuer, issuer, root, root, true);
    X509Certificate leafCertificate = certify(issuer, subject, root, leaf, false);
    writePem("root.crt", rootCertificate);
    writePem("leaf.crt", leafCertificate, rootCertificate);
    writePem("leaf.key", new JcaPKCS8Generator(leaf.getPrivate(), null));
  }

  private X509Certificate certify(X500Name issuer, X500Name subject, KeyPair by, KeyPair of, boolean authority) throws Exception {
    JcaX509v3CertificateBuilder builder =
      new JcaX509v3CertificateBuilder(issuer, newSerial(), at(-24), at(240), subject, of.getPublic());
    JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
    builder.addExtension(Extension.authorityKeyIdentifier, false, extensions.createAuthorityKeyIdentifier(by.getPublic()));
    builder.addExtension(Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(of.getPublic()));
    if (authority) {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    } else {
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_codeSigning));
    }
    ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate());
    return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
  }

  private X500Name name(String commonName) {
    if ("multi-valued".equals(variant)) {
      ASN1ObjectIdentifier[] types = {BCStyle.CN, BCStyle.SERIALNUMBER};
      ASN1Encodable[] values = {string(commonName), string("7")};
      return base().addMultiValuedRDN(types, values).build();
    }
    return base().addRDN(BCStyle.CN, string(commonName)).build();
  }

  private X500NameBuilder base() {
    return new X500NameBuilder(BCStyle.INSTANCE)
      .addRDN(BCStyle.C, new DERPrintableString("US"))
      .addRDN(BCStyle.ST, string("WA"))
      .addRDN(BCStyle.O, string("Notary"));
  }

  private ASN1Encodable string(String value) {
    return switch (variant) {
      case "BMPString" -> new DERBMPString(value);
      case "T61String" -> new DERT61String(value);
      case "PrintableString" -> new DERPrintableString(value);
      default -> new DERUTF8String(value);
    };
  }

  private void crl() throws Exception {
    X509Certificate authority = certificate("ca");
    X509v2CRLBuilder builder = new X509v2CRLBuilder(new JcaX509CertificateHolder(authority).getSubject(), at(-1));
    builder.setNextUpdate(at(24));
    builder.addExtension(
      Extension.authorityKeyIdentifier, false, new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority));
    builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.ONE));
    BigInteger revoked = variant.startsWith("revoked") ? certificate("leaf").getSerialNumber() : newSerial();
    builder.addCRLEntry(revoked, at(-2), CRLReason.keyCompromise);
    ContentSigner signer = new JcaContentSignerBuilder(algorithm(privateKey("ca"))).build(privateKey("ca"));
    Files.write(out(), builder.build(signer).getEncoded());
  }

  private void ocsp() throws Exception {
    DigestCalculatorProvider digests = new JcaDigestCalculatorProviderBuilder().build();
    X509CertificateHolder authority = new JcaX509CertificateHolder(certificate("ca"));
    BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(
      variant.endsWith("by key")
        ? new RespID(authority.getSubjectPublicKeyInfo(), digests.get(RespID.HASH_SHA1))
        : new RespID(authority.getSubject()));
    CertificateID id =
      new CertificateID(digests.get(CertificateID.HASH_SHA1), authority, certificate("leaf").getSerialNumber());
    CertificateStatus status =
      variant.startsWith("revoked") ? new RevokedStatus(at(-2), CRLReason.keyCompromise) : CertificateStatus.GOOD;
    builder.addResponse(id, status, at(-1), at(24), null);
    ContentSigner signer = new JcaContentSignerBuilder(algorithm(privateKey("ca"))).build(privateKey("ca"));
    var basic = builder.build(signer, null, new Date());
    Files.write(out(), new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded());
  }

  /** The variant is the hash of the signature. */
  private void timestamp() throws Exception {
    TimeStampRequestGenerator requests = new TimeStampRequestGenerator();
    requests.setCertReq(true);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(directory.resolve("data")));
    TimeStampRequest request = requests.generate(TSPAlgorithms.SHA256, digest, BigInteger.valueOf(7));
    DigestCalculatorProvider digests = new JcaDigestCalculatorProviderBuilder().build();
    PrivateKey key = privateKey("tsa");
    String signature = algorithm(key).replace("SHA256", variant);
    TimeStampTokenGenerator tokens = new TimeStampTokenGenerator(
      new JcaSimpleSignerInfoGeneratorBuilder().build(signature, key, certificate("tsa")),
      digests.get(new org.bouncycastle.asn1.x509.AlgorithmIdentifier(TSPAlgorithms.SHA256)),
      new ASN1ObjectIdentifier("1.3.6.1.4.1.55555.3.1"));
    tokens.addCertificates(new JcaCertStore(List.of(certificate("tsa"), certificate("ca"))));
    tokens.setAccuracySeconds(1);
    TimeStampResponse response =
      new TimeStampResponseGenerator(tokens, TSPAlgorithms.ALLOWED).generate(request, newSerial(), new Date());
    Files.write(out(), response.getTimeStampToken().getEncoded());
  }

  private Path out() {
    return directory.resolve("out");
  }

  private X509Certificate certificate(String name) throws Exception {
    try (PEMParser parser = new PEMParser(new FileReader(directory.resolve(name + ".crt").toFile()))) {
      return new JcaX509CertificateConverter().getCertificate((X509CertificateHolder) parser.readObject());
    }
  }

  private PrivateKey privateKey(String name) throws Exception {
    try (PEMParser parser = new PEMParser(new FileReader(directory.resolve(name + ".key").toFile()))) {
      return new JcaPEMKeyConverter().getPrivateKey((PrivateKeyInfo) parser.readObject());
    }
  }

  private void writePem(String name, Object... objects) throws Exception {
    try (JcaPEMWriter writer = new JcaPEMWriter(new OutputStreamWriter(Files.newOutputStream(directory.resolve(name))))) {
      for (Object object : objects) writer.writeObject(object);
    }
  }

  private static String algorithm(PrivateKey key) {
    return key.getAlgorithm().startsWith("EC") ? "SHA256withECDSA" : "SHA256withRSA";
  }

  private static KeyPair newKey() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private static BigInteger newSerial() {
    return new BigInteger(120, new SecureRandom()).add(BigInteger.ONE);
  }

  private static Date at(long hours) {
    return new Date(System.currentTimeMillis() / 1000 * 1000 + hours * HOUR);
  }
}
