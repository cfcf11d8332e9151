#include "verify/wording.h"

#include "verify/subject.h"

/* Platforms look for as long as their window is open, and then no more. */
static void add_restart(struct sp_diagnosis *diagnosis)
{
    size_t len = strlen(diagnosis->fix);
    snprintf(diagnosis->fix + len, sizeof(diagnosis->fix) - len,
             "; then start the verification at the platform again");
}

/* What the platform has yet to publish begins with that. */
static bool begins_with_restart(enum sp_code code)
{
    return code == SP_CODE_TARGET_MISSING || code == SP_CODE_DKIM_KEY_MISSING;
}

void sp_word_diagnosis(const struct sp_observation *observation,
                       const struct sp_record_observation *record,
                       const struct sp_verdict_context *context,
                       const struct sp_judgement *judgement, struct sp_diagnosis *ret_diagnosis)
{
    static void (*const words[])(const struct sp_subject *, struct sp_diagnosis *) = {
        [SP_CODE_MISSING] = sp_word_missing,
        [SP_CODE_PARTIAL_PROPAGATION] = sp_word_partial,
        [SP_CODE_WRONG_TARGET] = sp_word_wrong_target,
        [SP_CODE_DOUBLED_SUFFIX] = sp_word_doubled,
        [SP_CODE_TARGET_SUFFIX_APPENDED] = sp_word_suffix,
        [SP_CODE_CONFLICTING_RECORDS] = sp_word_conflict,
        [SP_CODE_PROXIED_OR_FLATTENED] = sp_word_addresses,
        [SP_CODE_WILDCARD_ONLY] = sp_word_wildcard,
        [SP_CODE_LAME_SERVER] = sp_word_lame,
        [SP_CODE_SERVER_UNREACHABLE] = sp_word_server_unreachable,
        [SP_CODE_NOT_DELEGATED] = sp_word_not_delegated,
        [SP_CODE_DOMAIN_NOT_FOUND] = sp_word_domain_not_found,
        [SP_CODE_CNAME_LOOP] = sp_word_loop,
        [SP_CODE_DNSSEC_BOGUS] = sp_word_bogus,
        [SP_CODE_DKIM_KEY_MISMATCH] = sp_word_other_key,
        [SP_CODE_TARGET_MISSING] = sp_word_platform_waits,
        [SP_CODE_DKIM_KEY_MISSING] = sp_word_platform_waits,
        [SP_CODE_DKIM_KEY_MALFORMED] = sp_word_bad_key,
        [SP_CODE_DKIM_KEY_REVOKED] = sp_word_bad_key,
        [SP_CODE_DKIM_KEY_WEAK] = sp_word_weak_key,
        [SP_CODE_DKIM_KEY_TESTING] = sp_word_testing,
        [SP_CODE_RETURN_PATH_MX_MISSING] = sp_word_no_mx,
        [SP_CODE_RETURN_PATH_SPF_MISSING] = sp_word_no_spf,
        [SP_CODE_SELECTOR_IDLE] = sp_word_idle,
    };
    struct sp_subject subject;
    sp_subject_init(&subject, observation, record, context, judgement);
    *ret_diagnosis =
        (struct sp_diagnosis){.code = judgement->code, .is_blocking = judgement->is_blocking};
    words[judgement->code](&subject, ret_diagnosis);
    if (judgement->is_late && !begins_with_restart(judgement->code))
        add_restart(ret_diagnosis);
}
