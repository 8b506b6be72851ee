// Every test of the reads once more, of an API that keeps no page.
import '../support/without-memory';
import '../clients/checklist/access.spec';
import '../clients/checklist/caching.spec';
import '../clients/checklist/envelope.spec';
import '../clients/checklist/paging.spec';
import '../clients/checklist/routing.spec';
import '../clients/checklist/ways-in.spec';
import '../clients/copilot.spec';
import '../clients/vs-code.spec';
import '../e2e/sub-api/bad-input.spec';
import '../e2e/sub-api/bases.spec';
import '../e2e/sub-api/get-version.spec';
import '../e2e/sub-api/large-answers.spec';
import '../e2e/sub-api/list-servers.spec';
import '../e2e/sub-api/list-versions.spec';
import '../e2e/sub-api/mirrored-versions.spec';
