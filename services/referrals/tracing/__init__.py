"""Finding out who a person is: a referral gets its NHS number, and two records of one person become one."""
