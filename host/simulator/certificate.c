/* A certificate for loopback: see certificate.h. */
#include "simulator/certificate.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define HOUR_SECONDS 3600L
#define YEAR_SECONDS (365L * 24 * HOUR_SECONDS)
#define SUFFIX ".pem"

static bool add_extension(X509 *x509, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool added = extension && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

/* Valid from an hour ago, because clocks differ, and for a year. */
static bool fill_in(X509 *x509, EVP_PKEY *key)
{
    uint64_t serial;
    X509_NAME *name = X509_get_subject_name(x509);
    return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 && X509_set_version(x509, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(x509), -HOUR_SECONDS) &&
           X509_gmtime_adj(X509_getm_notAfter(x509), YEAR_SECONDS) && X509_set_pubkey(x509, key) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"tenure simulator", -1, -1, 0) &&
           X509_set_issuer_name(x509, name) == 1 &&
           add_extension(x509, NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost") &&
           add_extension(x509, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(x509, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
           add_extension(x509, NID_ext_key_usage, "serverAuth") &&
           add_extension(x509, NID_subject_key_identifier, "hash") && X509_sign(x509, key, EVP_sha256()) > 0;
}

/* What was written, as a string of its own. NULL: out of memory. */
static char *text_of(BIO *bio)
{
    char *data = NULL;
    size_t len = (size_t)BIO_get_mem_data(bio, &data);
    char *text = malloc(len + 1);
    if (text) {
        memcpy(text, data, len);
        text[len] = '\0';
    }
    return text;
}

static bool write_texts(struct tn_sim_certificate *certificate, X509 *x509, EVP_PKEY *key)
{
    BIO *x509_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_secmem());
    if (x509_text && key_text && PEM_write_bio_X509(x509_text, x509) == 1 &&
        PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1) {
        certificate->certificate = text_of(x509_text);
        certificate->key = text_of(key_text);
    }
    BIO_free(x509_text);
    BIO_free(key_text);
    return certificate->certificate && certificate->key;
}

static int make_texts(struct tn_sim_certificate *certificate, struct tn_err *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    bool made = key && x509 && fill_in(x509, key) && write_texts(certificate, x509, key);
    X509_free(x509);
    EVP_PKEY_free(key);
    if (!made)
        return tn_err_set(err, TENURE_EINTERNAL, "--tls: libcrypto did not make the simulator's certificate");
    return TENURE_OK;
}

static int write_file(struct tn_sim_certificate *certificate, const char *folder, struct tn_err *err)
{
    struct tn_buf pattern = {0};
    tn_buf_printf(&pattern, "%s/tenure-simulator-XXXXXX" SUFFIX, folder ? folder : "/tmp");
    char *path = tn_buf_take(&pattern, NULL);
    if (!path)
        return tn_err_no_memory(err);
    int fd = mkstemps(path, (int)strlen(SUFFIX));
    if (fd < 0) {
        int rc = tn_err_set(err, TENURE_EIO, "--tls: the certificate's file cannot be made as '%s': %s", path,
                            strerror(errno));
        free(path);
        return rc;
    }
    certificate->path = path; /* from here on it is removed */
    size_t len = strlen(certificate->certificate);
    bool written = write(fd, certificate->certificate, len) == (ssize_t)len;
    int problem = written ? 0 : errno;
    if (close(fd) < 0 && written)
        written = false, problem = errno;
    if (!written)
        return tn_err_set(err, TENURE_EIO, "--tls: the certificate cannot be written to '%s': %s", path,
                          strerror(problem));
    return TENURE_OK;
}

int tn_sim_certificate_make(struct tn_sim_certificate *certificate, const char *folder, struct tn_err *err)
{
    int rc = make_texts(certificate, err);
    if (rc == TENURE_OK)
        rc = write_file(certificate, folder, err);
    if (rc < 0)
        tn_sim_certificate_deinit(certificate);
    return rc;
}

void tn_sim_certificate_deinit(struct tn_sim_certificate *certificate)
{
    if (certificate->path)
        unlink(certificate->path);
    if (certificate->key)
        OPENSSL_cleanse(certificate->key, strlen(certificate->key));
    free(certificate->path);
    free(certificate->certificate);
    free(certificate->key);
    *certificate = (struct tn_sim_certificate){0};
}
