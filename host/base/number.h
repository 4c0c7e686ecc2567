/* Numbers as text, the same in every locale: the embedding program may have set one whose decimal point is a comma. */
#ifndef TN_BASE_NUMBER_H
#define TN_BASE_NUMBER_H

#define TN_NUMBER_TEXT 40

/* Like strtod() in the C locale. The caller has checked the grammar; too large a number reads as infinity. */
double tn_number_read(const char *text);

/* Like printf's %.*g in the C locale, for a finite value and at most 17 digits. Returns text. */
char *tn_number_format(char text[TN_NUMBER_TEXT], double value, int digits);

#endif
