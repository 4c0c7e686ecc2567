/*
 * Clouds: where each one's services are and what audience their tokens have.
 *
 * Login hosts and Azure Resource Manager: "National clouds", Microsoft identity platform, and the endpoints that the
 * Azure CLI ships. Partner Center: "Partner Center REST URLs", Partner Center developer documentation; its app-only
 * tokens are for Azure AD Graph ("Partner Center authentication"), whose address in China is in "API endpoints of
 * Office 365 operated by 21Vianet"; its tokens of users are for itself ("Enable the Secure Application Model"), in China
 * too, as we assume. Portals: "National clouds". No public document names a Partner Center for the US Government cloud.
 */
#include "auth/auth.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "net/url.h"

struct known_cloud {
    const char *names[4]; /* the first is its proper name */
    const char *login, *portal;
    struct {
        const char *origin, *prefix, *scope, *user_scope; /* user_scope NULL: the same */
    } service[TN_SERVICE_COUNT];
};

static const struct known_cloud known_clouds[] = {
    {{"AzureCloud", "public", "AzurePublicCloud"},
     "https://login.microsoftonline.com",
     "https://portal.azure.com",
     {[TN_SERVICE_ARM] = {"https://management.azure.com", "", "https://management.azure.com/.default"},
      [TN_SERVICE_PARTNER_CENTER] = {"https://api.partnercenter.microsoft.com", "/v1", "https://graph.windows.net",
                                     "https://api.partnercenter.microsoft.com"}}},
    {{"AzureChinaCloud", "china"},
     "https://login.chinacloudapi.cn",
     "https://portal.azure.cn",
     {[TN_SERVICE_ARM] = {"https://management.chinacloudapi.cn", "", "https://management.chinacloudapi.cn/.default"},
      [TN_SERVICE_PARTNER_CENTER] = {"https://partner.partnercenterapi.microsoftonline.cn", "/v1",
                                     "https://graph.chinacloudapi.cn",
                                     "https://partner.partnercenterapi.microsoftonline.cn"}}},
    {{"AzureUSGovernment", "usgov"},
     "https://login.microsoftonline.us",
     "https://portal.azure.us",
     {[TN_SERVICE_ARM] = {"https://management.usgovcloudapi.net", "", "https://management.usgovcloudapi.net/.default"},
      [TN_SERVICE_PARTNER_CENTER] = {"", "", ""}}},
};

#define CLOUD_COUNT (sizeof known_clouds / sizeof *known_clouds)
#define COPY(to, text) snprintf(to, sizeof to, "%s", text)

static void fill(struct tn_cloud *cloud, const struct known_cloud *known)
{
    *cloud = (struct tn_cloud){0};
    COPY(cloud->name, known->names[0]);
    COPY(cloud->login, known->login);
    cloud->portal = known->portal;
    for (size_t i = 0; i < TN_SERVICE_COUNT; i++) {
        COPY(cloud->origin[i], known->service[i].origin);
        COPY(cloud->prefix[i], known->service[i].prefix);
        COPY(cloud->scope[i], known->service[i].scope);
        COPY(cloud->user_scope[i],
             known->service[i].user_scope ? known->service[i].user_scope : known->service[i].scope);
    }
}

static const struct known_cloud *find_known(const char *name)
{
    for (size_t i = 0; i < CLOUD_COUNT; i++) {
        for (size_t n = 0; n < 4 && known_clouds[i].names[n]; n++) {
            if (strcasecmp(name, known_clouds[i].names[n]) == 0)
                return &known_clouds[i];
        }
    }
    return NULL;
}

const char *tn_cloud_portal(const char *name)
{
    const struct known_cloud *known = name ? find_known(name) : NULL;
    return (known ? known : &known_clouds[0])->portal;
}

/* One address that serves everything, such as the simulator: the public cloud's paths and audiences under another roof.
 */
static int fill_from_url(struct tn_cloud *cloud, const char *url, struct tn_err *err)
{
    struct tn_buf origin = {.limit = sizeof cloud->login - 1};
    char text[512];
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        len--;
    snprintf(text, sizeof text, "%.*s", (int)len, url);
    int rc = len < sizeof text ? tn_url_parse_origin(text, &origin, err)
                               : tn_err_set(err, TENURE_EINVAL, "the address of the cloud is too long");
    if (rc == TENURE_OK && strncmp(tn_buf_text(&origin), "http://", 7) == 0 && !tn_url_is_loopback(origin.data))
        rc = tn_err_set(err, TENURE_EINVAL,
                        "cloud '%s' would be reached without TLS: write https, http is for loopback only", origin.data);
    if (rc == TENURE_OK) {
        fill(cloud, &known_clouds[0]);
        COPY(cloud->name, origin.data);
        COPY(cloud->login, origin.data);
        for (size_t i = 0; i < TN_SERVICE_COUNT; i++)
            COPY(cloud->origin[i], origin.data);
        cloud->loopback = tn_url_is_loopback(origin.data);
    }
    tn_buf_deinit(&origin);
    return rc;
}

int tn_cloud_find(struct tn_cloud *cloud, const char *name, struct tn_err *err)
{
    name = name ? name : "public";
    const struct known_cloud *known = find_known(name);
    if (known) {
        fill(cloud, known);
        return TENURE_OK;
    }
    if (strstr(name, "://"))
        return fill_from_url(cloud, name, err);
    return tn_err_set(err, TENURE_EINVAL, "there is no cloud '%.100s': write public, china, usgov or a base URL", name);
}
