export { AccessHttpModule } from './access-http.module';
export { CurrentAccess, CurrentCtx, CurrentRegistry } from './caller';
export { ApiProblem, ProblemDto } from './problem.dto';
export { Public, PUBLIC } from './public.decorator';
export { Requires, REQUIRES } from './requires.decorator';
