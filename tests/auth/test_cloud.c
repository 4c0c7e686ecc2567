/* Clouds by name and by address. */
#include "auth/auth.h"

#include "check.h"

static struct tn_cloud find(const char *name)
{
    struct tn_cloud cloud = {0};
    struct tn_err err = {0};
    CHECK(tn_cloud_find(&cloud, name, &err) == TENURE_OK);
    return cloud;
}

static void check_unknown(const char *name)
{
    struct tn_cloud cloud;
    struct tn_err err = {0};
    CHECK(tn_cloud_find(&cloud, name, &err) == TENURE_EINVAL);
    CHECK(err.msg[0]);
}

static void test_known(void)
{
    struct tn_cloud cloud = find(NULL);
    CHECK_TEXT(cloud.name, "AzureCloud");
    CHECK_TEXT(cloud.login, "https://login.microsoftonline.com");
    CHECK_TEXT(cloud.origin[TN_SERVICE_ARM], "https://management.azure.com");
    CHECK_TEXT(cloud.scope[TN_SERVICE_ARM], "https://management.azure.com/.default");
    CHECK_TEXT(cloud.prefix[TN_SERVICE_ARM], "");
    CHECK_TEXT(cloud.origin[TN_SERVICE_PARTNER_CENTER], "https://api.partnercenter.microsoft.com");
    CHECK_TEXT(cloud.scope[TN_SERVICE_PARTNER_CENTER], "https://graph.windows.net");
    CHECK_TEXT(cloud.prefix[TN_SERVICE_PARTNER_CENTER], "/v1");
    CHECK_TEXT(cloud.portal, "https://portal.azure.com");
    CHECK_TEXT(find("china").portal, "https://portal.azure.cn");
    CHECK_TEXT(find("usgov").portal, "https://portal.azure.us");
    CHECK(!cloud.loopback);
    CHECK_TEXT(find("Public").name, "AzureCloud");
    CHECK_TEXT(find("azurechinacloud").login, "https://login.chinacloudapi.cn");
    CHECK_TEXT(find("usgov").origin[TN_SERVICE_ARM], "https://management.usgovcloudapi.net");
    CHECK_TEXT(find("usgov").origin[TN_SERVICE_PARTNER_CENTER], "");
}

static void test_address(void)
{
    struct tn_cloud cloud = find("http://127.0.0.1:8080/");
    CHECK_TEXT(cloud.name, "http://127.0.0.1:8080");
    CHECK_TEXT(cloud.login, "http://127.0.0.1:8080");
    CHECK_TEXT(cloud.origin[TN_SERVICE_ARM], "http://127.0.0.1:8080");
    CHECK_TEXT(cloud.origin[TN_SERVICE_PARTNER_CENTER], "http://127.0.0.1:8080");
    CHECK_TEXT(cloud.prefix[TN_SERVICE_PARTNER_CENTER], "/v1");
    CHECK(cloud.loopback);
    CHECK(!find("https://azure.example").loopback);
}

static void test_unknown(void)
{
    check_unknown("germany");
    check_unknown("");
    check_unknown("http://azure.example"); /* no TLS */
    check_unknown("https://azure.example/path");
    check_unknown("ftp://127.0.0.1");
    check_unknown("https://user@azure.example");
}

int main(void)
{
    test_known();
    test_address();
    test_unknown();
    return check_result();
}
