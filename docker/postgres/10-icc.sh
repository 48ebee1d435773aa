#!/bin/sh
# Run once by the PostgreSQL image when its volume is empty: a database and four roles for each service.
# The owner migrates, the app reads and writes rows, the sealer adds seals to the audit, the report role cannot log in until somebody gives it a password.
set -eu

for service in referrals outcomes trajectories; do
    upper=$(echo "$service" | tr '[:lower:]' '[:upper:]')
    app_password=$(printenv "ICC_${upper}_APP_PASSWORD")
    sealer_password=$(printenv "ICC_${upper}_SEALER_PASSWORD")
    psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set=owner="icc_${service}_owner" --set=app="icc_${service}_app" --set=report="icc_${service}_report" \
        --set=sealer="icc_${service}_sealer" --set=sealer_password="$sealer_password" \
        --set=database="icc_${service}" --set=owner_password="$ICC_OWNER_PASSWORD" --set=app_password="$app_password" <<'SQL'
create role :"owner" login password :'owner_password';
create role :"app" login password :'app_password';
create role :"report" login;
create role :"sealer" login password :'sealer_password';
create database :"database" owner :"owner" encoding 'UTF8' template template0;
revoke all on database :"database" from public;
grant connect on database :"database" to :"app", :"report", :"sealer";
SQL
done
