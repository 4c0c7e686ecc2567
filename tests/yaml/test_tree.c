/* The tree of a good file: values, places, and the core schema's types. */
#include "check.h"
#include "yaml/yaml.h"

static struct tn_diagnostics *problems;
static struct tn_yaml_doc *doc;

static const struct tn_yaml *parse(const char *text)
{
    CHECK(tn_diagnostics_new("test.yaml", text, strlen(text), &problems) == TENURE_OK);
    int rc = tn_yaml_parse(text, strlen(text), problems, &doc);
    CHECK(rc == TENURE_OK);
    if (rc == TENURE_OK)
        return tn_yaml_root(doc);
    struct tn_buf shown = {0};
    tn_diagnostics_text(problems, &shown);
    fprintf(stderr, "%s\n", tn_buf_text(&shown));
    tn_buf_deinit(&shown);
    doc = NULL;
    return NULL;
}

static void done(void)
{
    tn_yaml_free(doc);
    tn_diagnostics_free(problems);
    doc = NULL;
    problems = NULL;
}

static void test_tree(void)
{
    const struct tn_yaml *root = parse("# comment\n"
                                       "name: refund-idle\n"
                                       "steps:\n"
                                       "  - id: \"one\"\n"
                                       "    when: >\n"
                                       "      a and\n"
                                       "      b\n"
                                       "  - {id: 'two', with: {x: 1}}\n"
                                       "last: [a, b, c]\n");
    CHECK(root && root->kind == TN_YAML_MAPPING && root->count == 3 && root->line == 2 && root->column == 1);
    const struct tn_yaml *name = tn_yaml_get(root, "name");
    CHECK(name && name->kind == TN_YAML_SCALAR && name->plain && !name->block && name->len == 11);
    CHECK_TEXT(name->text, "refund-idle");
    CHECK(name->line == 2 && name->column == 7);
    CHECK(name->key && name->key->line == 2 && name->key->column == 1);
    const struct tn_yaml *steps = tn_yaml_get(root, "steps");
    CHECK(steps && steps->kind == TN_YAML_SEQUENCE && steps->count == 2 && steps->first->key == NULL);
    const struct tn_yaml *id = tn_yaml_get(steps->first, "id"), *when = tn_yaml_get(steps->first, "when");
    CHECK(id && !id->plain && !id->block);
    CHECK(when && !when->plain && when->block);
    CHECK_TEXT(when->text, "a and b\n");
    const struct tn_yaml *x = tn_yaml_get(tn_yaml_get(steps->first->next, "with"), "x");
    CHECK(x && x->line == 8 && x->column == 27);
    CHECK(steps->first->next->next == NULL);
    CHECK(name->next == steps);
    CHECK(tn_yaml_get(root, "nope") == NULL && tn_yaml_get(name, "x") == NULL && tn_yaml_get(NULL, "x") == NULL);
    done();
}

/* Columns count characters, and lines end at line feeds, also behind a quoted U+2028 that libyaml counts as an end. */
static void test_places(void)
{
    const struct tn_yaml *root = parse("äöü: {ß: 1, x: 2}\r\nq: \"a\xe2\x80\xa8"
                                       "b\"\nz: 3\n");
    const struct tn_yaml *x = tn_yaml_get(tn_yaml_get(root, "äöü"), "x");
    CHECK(x && x->line == 1 && x->column == 16);
    const struct tn_yaml *z = tn_yaml_get(root, "z");
    CHECK(z && z->line == 3 && z->column == 4);
    done();
}

static void test_empty_files(void)
{
    static const char *const empty[] = {"", "\n\n", "# only a comment\n", "---\n", "~\n"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        const struct tn_yaml *root = parse(empty[i]);
        CHECK(root && tn_yaml_is_null(root) && root->line >= 1);
        done();
    }
    CHECK(parse("a:\nb: ''\n") != NULL);
    CHECK(tn_yaml_is_null(tn_yaml_get(tn_yaml_root(doc), "a")));
    CHECK(!tn_yaml_is_null(tn_yaml_get(tn_yaml_root(doc), "b")));
    done();
}

struct typed {
    const char *text;
    char type; /* n b i d s */
    double value;
};

static void test_types(void)
{
    static const struct typed cases[] = {
        {"~", 'n', 0},
        {"null", 'n', 0},
        {"NULL", 'n', 0},
        {"nUll", 's', 0},
        {"true", 'b', 1},
        {"False", 'b', 0},
        {"TRUE", 'b', 1},
        {"no", 's', 0},
        {"on", 's', 0},
        {"yes", 's', 0},
        {"y", 's', 0},
        {"5", 'i', 5},
        {"-5", 'i', -5},
        {"+5", 'i', 5},
        {"0", 'i', 0},
        {"010", 's', 0},
        {"0x1F", 's', 0},
        {"0o7", 's', 0},
        {"1_000", 's', 0},
        {"1.5", 'd', 1.5},
        {"-.5", 'd', -.5},
        {"5.", 'd', 5},
        {"1e3", 'd', 1000},
        {"1E-2", 'd', .01},
        {"01.5", 's', 0},
        {".inf", 's', 0},
        {"-.INF", 's', 0},
        {".nan", 's', 0},
        {"inf", 's', 0},
        {"1e999", 's', 0},
        {".", 's', 0},
        {"--", 's', 0},
        {"1e", 's', 0},
        {"1.5.2", 's', 0},
        {"2024-01-01", 's', 0},
        {"22:22", 's', 0},
        {"5%", 's', 0},
        {"30 days", 's', 0},
        {"'5'", 's', 0},
        {"\"true\"", 's', 0},
        {"'~'", 's', 0},
        {"9223372036854775807", 'i', 9223372036854775807.0},
        {"9223372036854775808", 'd', 9223372036854775808.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        snprintf(text, sizeof text, "a: %s\n", cases[i].text);
        const struct tn_yaml *node = tn_yaml_get(parse(text), "a");
        bool flag = false;
        long long whole = 0;
        double number = 0;
        bool null = tn_yaml_is_null(node), truth = tn_yaml_as_bool(node, &flag), integer = tn_yaml_as_int(node, &whole),
             decimal = tn_yaml_as_double(node, &number);
        char type = null ? 'n' : truth ? 'b' : integer ? 'i' : decimal ? 'd' : 's';
        double value = truth ? flag : integer ? (double)whole : number;
        if (type != cases[i].type || value != cases[i].value || (integer && !decimal)) {
            fprintf(stderr, "%s is '%c' %g, expected '%c' %g\n", cases[i].text, type, value, cases[i].type,
                    cases[i].value);
            check_failures++;
        }
        done();
    }
}

int main(void)
{
    test_tree();
    test_places();
    test_empty_files();
    test_types();
    return check_result();
}
