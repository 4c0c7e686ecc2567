/* Numbers are read and written the same where the embedding program has set a locale with a decimal comma. */
#include <lauxlib.h>
#include <locale.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "json/json.h"
#include "yaml/yaml.h"

extern char **environ;

static bool has_comma(void)
{
    return strcmp(localeconv()->decimal_point, ",") == 0;
}

static void run(const char *const *arguments)
{
    pid_t child;
    if (posix_spawnp(&child, arguments[0], NULL, NULL, (char *const *)arguments, environ) == 0)
        waitpid(child, NULL, 0);
}

/* Debian installs no such locale by default, but the means to make one. */
static bool build_locale(char *folder)
{
    char path[200];
    snprintf(path, sizeof path, "%s/de_DE.UTF-8", folder);
    const char *const arguments[] = {"localedef", "-i", "de_DE", "-f", "UTF-8", path, NULL};
    run(arguments);
    setenv("LOCPATH", folder, 1);
    return setlocale(LC_ALL, "de_DE.UTF-8") && has_comma();
}

static bool set_comma_locale(char *folder)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "pl_PL.UTF-8", NULL};
    for (size_t i = 0; names[i]; i++) {
        if (setlocale(LC_ALL, names[i]) && has_comma())
            return true;
    }
    return build_locale(folder);
}

static void check_decoding(lua_State *L)
{
    struct tn_json_doc *doc = NULL;
    struct tn_err err = {0};
    static const char text[] = "{\"a\":1.5,\"b\":[-0.25e1,1e400]}",
                      good[] = "{\"a\":1.5,\"b\":[-0.25e1],\"m\":{\"amount\":12.34,\"currencyCode\":\"EUR\"}}";
    CHECK(tn_json_parse(L, text, sizeof text - 1, 0, &doc, &err) == TENURE_EPROTO);
    CHECK(tn_json_parse(L, good, sizeof good - 1, 0, &doc, &err) == TENURE_OK);
    double a = 0;
    struct tn_json root = tn_json_root(doc);
    CHECK(tn_json_double(root, "a", &a) && a == 1.5);
    struct tn_json_iter it = tn_json_each(tn_json_find(root, "b"));
    CHECK(tn_json_next(&it) && tn_json_double(it.value, "", &a) && a == -2.5);
    struct tn_money money;
    char amount[TN_MONEY_TEXT];
    CHECK(tn_json_money(root, "m", &money, NULL) == 1);
    CHECK_TEXT(tn_money_amount(&money, amount), "12.34");
    struct tn_buf out = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &out);
    tn_json_push(root, L);
    CHECK(tn_json_encode(L, -1, 0, NULL, &w, NULL) == TENURE_OK);
    lua_pop(L, 1);
    CHECK_TEXT(tn_buf_text(&out), "{\"a\":1.5,\"b\":[-2.5],\"m\":{\"amount\":12.34,\"currencyCode\":\"EUR\"}}");
    tn_buf_deinit(&out);
    tn_json_close(doc);
}

static void check_money(void)
{
    struct tn_money money;
    char text[TN_MONEY_TEXT];
    CHECK(tn_money_from_double(&money, 1234.56, "EUR", NULL) == TENURE_OK);
    CHECK_TEXT(tn_money_amount(&money, text), "1234.56");
    CHECK(tn_money_parse(&money, "1.25", "EUR", NULL) == TENURE_OK);
    CHECK(tn_money_parse(&money, "1,25", "EUR", NULL) == TENURE_EINVAL);
}

static void check_yaml(void)
{
    static const char source[] = "a: 1.5\n";
    struct tn_diagnostics *problems = NULL;
    struct tn_yaml_doc *doc = NULL;
    double a = 0;
    CHECK(tn_diagnostics_new("x.yaml", source, sizeof source - 1, &problems) == TENURE_OK);
    CHECK(tn_yaml_parse(source, sizeof source - 1, problems, &doc) == TENURE_OK);
    CHECK(tn_yaml_as_double(tn_yaml_get(tn_yaml_root(doc), "a"), &a) && a == 1.5);
    tn_yaml_free(doc);
    tn_diagnostics_free(problems);
}

int main(void)
{
    char folder[] = "/tmp/tenure-locale-XXXXXX";
    lua_State *before, *after;
    CHECK(tn_json_state_new(&before, NULL) == TENURE_OK);
    if (!mkdtemp(folder))
        return 1;
    bool set = set_comma_locale(folder);
    CHECK(set); /* else: no locale with a decimal comma is here, and localedef could not make one (package locales) */
    if (set) {
        CHECK(strtod("1.5", NULL) == 1); /* the locale is really on */
        CHECK(tn_json_state_new(&after, NULL) == TENURE_OK);
        check_decoding(before);
        check_decoding(after);
        check_money();
        check_yaml();
        CHECK(has_comma()); /* and still is */
        lua_close(after);
    }
    lua_close(before);
    run((const char *const[]){"rm", "-r", folder, NULL});
    return check_result();
}
