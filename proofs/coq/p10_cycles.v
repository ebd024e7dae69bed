(** P10, cycle theorem.

    Registry: follow each component to the one that its content came from. A cycle of length L and sign sigma = +-1 contributes
    exactly the roots of lambda^L = sigma to the spectrum of Phi, semisimple; everything else is nilpotent. A selection task.
    Here: any field, any sizes; of characteristic 0 where semisimple is meant. *)
From mathcomp Require Import all_ssreflect ssralg matrix mxalgebra.
Require Import linear_tasks realizations p11_minimal_dimension.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (T : finType) (f : T -> T).

(** x is on a cycle: f leads back to it. A cycle is all that f reaches from there. *)
Definition returns x := fconnect f (f x) x.
Definition cycles := [set [set y | fconnect f x y] | x in returns].

End Definitions.

(** Rows that f permutes up to factors: e x M = s x e (f x). *)
Section Followed.
Variables (K : fieldType) (T : finType) (f : T -> T) (s : T -> K) (n : nat) (e : T -> 'rV[K]_n) (M : 'M[K]_n).
Hypothesis s0 : forall x, s x != 0.
Hypothesis dual : forall x y, e x *m (e y)^T = (x == y)%:R%:M.
Hypothesis zero : forall m (N : 'M[K]_(n, m)), (forall x, e x *m N = 0) -> N = 0.
Hypothesis step : forall x, e x *m M = s x *: e (f x).

Definition collected t x : K := \prod_(i < t) s (iter i f x).

Lemma collectedS t x : collected t.+1 x = s x * collected t (f x).
Proof. by rewrite /collected big_ord_recl; congr (_ * _); apply: eq_bigr => i _; rewrite -iterSr. Qed.

Lemma collected0 t x : collected t x != 0.
Proof. by apply/prodf_neq0 => i _. Qed.

Lemma power_step t x : e x *m power M t = collected t x *: e (iter t f x).
Proof.
elim: t x => [|t IH] x; first by rewrite power0 mulmx1 /collected big_ord0 scale1r.
by rewrite [power M _]/= mulmxA step -scalemxAl IH scalerA -collectedS -iterSr.
Qed.

Lemma reaches_a_cycle x : exists t, returns f (iter t f x).
Proof.
have /trajectP[j jo loop] := looping_order f x; exists j; rewrite /returns fconnect_f.
have /(orbitPcycle 3%N 0%N) // : exists k, iter k.+1 f (iter j f x) = iter j f x.
by exists (order f x - j).-1; rewrite prednK ?subn_gt0 // -iterD subnK 1?ltnW.
Qed.

Lemma around r : returns f r -> iter (order f r) f r = r.
Proof. by rewrite /returns fconnect_f => /(orbitPcycle 0%N 4%N). Qed.

Lemma collected_around r : returns f r -> collected (order f r) r = \prod_(x in [set y | fconnect f r y]) s x.
Proof.
move=> _; have trajectory k x : \prod_(y <- traject f x k) s y = collected k x.
  elim: k x => [|k IH] x; first by rewrite /collected big_ord0 big_nil.
  by rewrite collectedS /= big_cons IH.
rewrite -trajectory big_uniq ?orbit_uniq //; apply: eq_bigl => x.
by rewrite inE fconnect_orbit.
Qed.

(** Eigenvectors, as functions of what is followed. *)
Variable a : K.
Hypothesis a0 : a != 0.
Definition part_at (v : 'rV[K]_n) x : K := (e x *m v^T) ord0 ord0.

Lemma part_zero v : (forall x, part_at v x = 0) -> v = 0.
Proof.
move=> v0; rewrite -[v]trmxK (zero (N := v^T)) ?trmx0 // => x.
by apply/matrixP => i j; rewrite !ord1 [RHS]mxE; exact: v0.
Qed.

Lemma part_step v : (v <= eigenspace M^T a)%MS -> forall x, s x * part_at v (f x) = a * part_at v x.
Proof.
move/eigenspaceP => vM x; rewrite /part_at.
have -> : s x * (e (f x) *m v^T) ord0 ord0 = (e x *m M *m v^T) ord0 ord0 by rewrite step -scalemxAl [RHS]mxE.
by rewrite -mulmxA -[M *m _]trmxK trmx_mul trmxK vM linearZ -scalemxAr [LHS]mxE.
Qed.

Lemma part_steps v t x : (v <= eigenspace M^T a)%MS -> collected t x * part_at v (iter t f x) = a ^+ t * part_at v x.
Proof.
move=> vE; elim: t x => [|t IH] x; first by rewrite /collected big_ord0 expr0.
by rewrite collectedS iterSr -mulrA IH mulrCA part_step // mulrA exprSr.
Qed.

Lemma part_later v t x : (v <= eigenspace M^T a)%MS -> part_at v x != 0 -> part_at v (iter t f x) != 0.
Proof.
move=> vE vx; have : a ^+ t * part_at v x != 0 by rewrite mulf_neq0 // expf_neq0.
by rewrite -part_steps // mulf_eq0 negb_or => /andP[].
Qed.

Local Notation fits := [set C in cycles f | a ^+ #|C| == \prod_(x in C) s x].

Lemma fits_root : exists root : 'I_#|fits| -> T, forall j, [/\ returns f (root j), enum_val j = [set y | fconnect f (root j) y] &
  a ^+ order f (root j) = collected (order f (root j)) (root j)].
Proof.
apply: (@fin_all_exists _ (fun _ => T) (fun j r => [/\ returns f r, enum_val j = [set y | fconnect f r y] &
  a ^+ order f r = collected (order f r) r])) => j.
have := enum_valP j; rewrite inE => /andP[/imsetP[r rr jr] /eqP fit]; exists r; split=> //.
by rewrite collected_around // -jr -fit jr cardsE.
Qed.

Lemma at_most : (\rank (eigenspace M^T a) <= #|fits|)%N.
Proof.
have [root rootP] := fits_root; pose P := \matrix_(i, j) e (root j) ord0 i.
have shown v j : (v *m P) ord0 j = part_at v (root j).
  by rewrite /part_at !mxE; apply: eq_bigr => i _; rewrite !mxE mulrC.
rewrite -(mxrank_mul_ker (eigenspace M^T a) P) (_ : (_ :&: _)%MS = 0) ?mxrank0 ?addn0 ?rank_leq_col //.
apply/eqP; rewrite -submx0; apply/row_subP => i; set v := row i _.
have vE : (v <= eigenspace M^T a)%MS by apply: submx_trans (row_sub _ _) (capmxSl _ _).
have vP : v *m P = 0 by apply/sub_kermxP/(submx_trans (row_sub _ _))/capmxSr.
rewrite submx0; apply/eqP/part_zero => x; apply/eqP; apply: contraTT isT => vx.
have [t rt] := reaches_a_cycle x; set y := iter t f x in rt; have vy : part_at v y != 0 := part_later t vE vx.
have fit : a ^+ order f y = collected (order f y) y.
  by apply/esym/(mulIf vy); rewrite -part_steps // around.
pose C := [set z | fconnect f y z]; have inC : C \in fits.
  rewrite inE (imset_f (fun x => [set z | fconnect f x z])) //= -collected_around // cardsE -/(order f y).
  by apply/eqP.
pose j := enum_rank_in inC C; have jC : enum_val j = C := enum_rankK_in inC inC; have [_ jr _] := rootP j.
have : root j \in C by rewrite -jC jr inE connect0.
rewrite inE => /iter_findex yr; have := part_later (findex f y (root j)) vE vy.
by rewrite yr -shown vP mxE eqxx.
Qed.

(** The eigenvector of a cycle, 1 at its root r. *)
Definition along_cycle r x : K :=
  if fconnect f x r then (a ^+ findex f x r)^-1 * collected (findex f x r) x else 0.

Lemma findex_back r : returns f r -> (findex f (f r) r).+1 = order f r.
Proof.
move=> rr; have same : order f (f r) = order f r by move: rr; rewrite /returns fconnect_f => /(orbitPcycle 0%N 1%N).
have := findex_max rr; rewrite same => small; apply/eqP; rewrite eqn_leq small /= leqNgt; apply/negP => less.
have := findex_iter less; rewrite iterSr iter_findex // findex0.
by [].
Qed.

Lemma along_step r x : returns f r -> a ^+ order f r = collected (order f r) r ->
  s x * along_cycle r (f x) = a * along_cycle r x.
Proof.
move=> rr fit; rewrite /along_cycle; case: (eqVneq x r) => [->|xr].
  rewrite (rr : fconnect f (f r) r) connect0 findex0 expr0 invr1 mul1r [collected 0 r]/collected big_ord0 mulr1.
  rewrite mulrCA -collectedS findex_back //.
  by rewrite -fit -(findex_back rr) exprSr mulKf // expf_neq0.
have -> : fconnect f (f x) r = fconnect f x r by rewrite [RHS]fconnect_eqVf (negbTE xr).
case: ifP => xc; last by rewrite !mulr0.
by rewrite (@fconnect_findex _ f x r) // 1?eq_sym // collectedS exprS invfM [RHS]mulrA mulVKf // mulrCA.
Qed.

Lemma at_least : (#|fits| <= \rank (eigenspace M^T a))%N.
Proof.
have [root rootP] := fits_root; pose B := \matrix_(j < #|fits|, i < n) (\sum_x along_cycle (root j) x *: e x) ord0 i.
have rowB j : row j B = \sum_x along_cycle (root j) x *: e x.
  by apply/rowP => i; rewrite !mxE.
have partB j x : part_at (row j B) x = along_cycle (root j) x.
  rewrite /part_at rowB linear_sum mulmx_sumr summxE (bigD1 x) //= big1 ?addr0 => [|y yx].
    by rewrite linearZ -scalemxAr dual eqxx !mxE mulr1.
  by rewrite linearZ -scalemxAr dual eq_sym (negbTE yx) raddf0 scaler0 mxE.
pose P := \matrix_(i < n, j < #|fits|) e (root j) ord0 i.
have BP : B *m P = 1%:M.
  apply/matrixP => j j'; have -> : (B *m P) j j' = part_at (row j B) (root j').
    by rewrite /part_at !mxE; apply: eq_bigr => i _; rewrite !mxE mulrC.
  have [rr jr _] := rootP j; have [rr' jr' _] := rootP j'; rewrite partB mxE /along_cycle; case: (eqVneq j j') => [<-|jj].
    by rewrite connect0 findex0 expr0 invr1 mul1r /collected big_ord0.
  case: ifP => // c; case/eqP: jj; apply: enum_val_inj; rewrite jr jr'; apply/setP => z; rewrite !inE.
  have cyc : fcycle f (orbit f (root j')) by rewrite -fconnect_f.
  have back : fconnect f (root j) (root j') by rewrite (fconnect_cycle cyc) ?in_orbit // -fconnect_orbit.
  by apply/idP/idP; apply: connect_trans.
rewrite -{1}(mxrank1 K #|fits|) -BP; apply: leq_trans (mxrankM_maxl _ _) _; apply: mxrankS; apply/row_subP => j.
apply/eigenspaceP/eqP; rewrite -subr_eq0; apply/eqP/part_zero => x; have [rr _ fit] := rootP j.
have -> : part_at (row j B *m M^T - a *: row j B) x = part_at (row j B *m M^T) x - a * part_at (row j B) x.
  by rewrite /part_at linearB linearZ mulmxBr -scalemxAr !mxE.
have -> : part_at (row j B *m M^T) x = s x * part_at (row j B) (f x).
  by rewrite /part_at trmx_mul trmxK mulmxA step -scalemxAl [LHS]mxE.
by rewrite !partB along_step // subrr.
Qed.

Lemma eigenvectors : \rank (eigenspace M a) = #|fits|.
Proof.
have -> : \rank (eigenspace M a) = \rank (eigenspace M^T a).
  by rewrite /eigenspace !mxrank_ker -[in RHS](mxrank_tr (M^T - _)) linearB /= trmxK tr_scalar_mx.
by apply/eqP; rewrite eqn_leq at_most at_least.
Qed.

(** Away from 0 they are all: signs return, so powers do. *)
Hypothesis signs : forall x, s x * s x = 1.

Lemma powers_return : exists b L, (0 < L)%N /\ power M (b + L) = power M b.
Proof.
pose X := [finType of T * bool]; pose F := {ffun T -> T}; pose next := [ffun g : F => [ffun x => f (g x)]].
have /trajectP[b bo loop] := looping_order next [ffun x => x]; set o := order _ _ in bo loop.
have iterE t x : iter t next [ffun x => x] x = iter t f x.
  by elim: t => [|t IH] /=; rewrite !ffunE // IH.
have back x : iter o f x = iter b f x by rewrite -!iterE loop.
pose L := (o - b)%N; have bL : (b + L = o)%N by rewrite subnKC // ltnW.
have again t x : (b <= t)%N -> iter (t + L) f x = iter t f x.
  by move=> bt; rewrite -(subnK bt) -addnA bL !iterD back.
exists b, (L + L)%N; split; first by rewrite addn_gt0 subn_gt0 bo.
apply/eqP; rewrite -subr_eq0; apply/eqP/zero => x; rewrite mulmxBr !power_step.
have -> : iter (b + (L + L)) f x = iter b f x by rewrite addnA again ?leq_addr // again.
suff -> : collected (b + (L + L)) x = collected b x by rewrite subrr.
have part t k z : collected (t + k) z = collected t z * collected k (iter t f z).
  elim: t z => [|t IH] z; first by rewrite /collected [in RHS]big_ord0 mul1r.
  by rewrite addSn !collectedS IH mulrA iterSr.
have square k z : collected k z * collected k z = 1.
  by elim: k z => [|k IH] z; rewrite ?collectedS 1?mulrACA ?signs ?IH ?mulr1 // /collected big_ord0 mulr1.
by rewrite part part -iterD [(L + b)%N]addnC again // square mulr1.
Qed.

(** What is left after many steps is what returns. *)
Lemma rank_power t : \rank (power M t) = #|[set iter t f x | x : T]|.
Proof.
set S := [set iter t f x | x : T]; pose V := \matrix_(j < #|S|, i < n) e (enum_val j) ord0 i.
have rowV j : row j V = e (enum_val j) by apply/rowP => i; rewrite !mxE.
have one : 1%:M = \sum_x (e x)^T *m e x.
  apply/eqP; rewrite -subr_eq0; apply/eqP/zero => y; rewrite mulmxBr mulmx1 mulmx_sumr (bigD1 y) //= big1 ?addr0 => [|x xy].
    by rewrite mulmxA dual eqxx mul1mx subrr.
  by rewrite mulmxA dual eq_sym (negbTE xy) raddf0 mul0mx.
have below : (power M t <= V)%MS.
  rewrite -[power M t]mul1mx one mulmx_suml; apply: summx_sub => x _; rewrite -mulmxA power_step; apply: mulmx_sub; apply: scalemx_sub.
  have xS : iter t f x \in S by apply: imset_f.
  by rewrite -(enum_rankK_in xS xS) -rowV row_sub.
have above : (V <= power M t)%MS.
  apply/row_subP => j; rewrite rowV; have /imsetP[x _ ->] := enum_valP j.
  by rewrite -[e _]scale1r -(mulVf (collected0 t x)) -scalerA -power_step scalemx_sub // submxMl.
have VV : V *m V^T = 1%:M.
  apply/matrixP => i j; have -> : (V *m V^T) i j = (row i V *m (row j V)^T) ord0 ord0.
    by rewrite !mxE; apply: eq_bigr => k _; rewrite !mxE.
  by rewrite !rowV dual !mxE eqxx mulr1n (inj_eq enum_val_inj).
apply/eqP; rewrite eqn_leq (leq_trans (mxrankS below)) ?rank_leq_row //.
by rewrite -{1}(mxrank1 K #|S|) -VV (leq_trans (mxrankM_maxl _ _)) // mxrankS.
Qed.

Lemma images_shrink t : (#|T| <= t)%N -> [set iter t f x | x : T] = [set x | returns f x].
Proof.
move=> Tt; apply/setP => y; rewrite inE; apply/imsetP/idP => [[x _ ->]|ry].
  have keeps z k : returns f z -> returns f (iter k f z).
    move=> rz; elim: k => //= k; rewrite /returns !fconnect_f => /(orbitPcycle 0%N 3%N)[L e3].
    have /(orbitPcycle 3%N 0%N) // : exists k', iter k'.+1 f (f (iter k f z)) = f (iter k f z).
    by exists L; rewrite -iterSr iterS e3.
  have /trajectP[j jo loop] := looping_order f x.
  have rj : returns f (iter j f x).
    rewrite /returns fconnect_f; have /(orbitPcycle 3%N 0%N) // : exists k, iter k.+1 f (iter j f x) = iter j f x.
    by exists (order f x - j).-1; rewrite prednK ?subn_gt0 // -iterD subnK 1?ltnW.
  have jt : (j <= t)%N by rewrite (leq_trans (ltnW jo)) // (leq_trans (max_card _)).
  by rewrite -(subnK jt) iterD keeps.
have ret k : iter (k * order f y) f y = y by elim: k => // k IH; rewrite mulSn iterD IH around.
by exists (iter (t * order f y - t) f y) => //; rewrite -iterD subnKC ?ret // leq_pmulr.
Qed.
End Followed.

(** Semisimple where powers return: an eigenvector of a chain would have to grow. *)
Lemma semisimple_if_powers_return (K : fieldType) n (M : 'M[K]_n) b L (a : K) (v : 'rV[K]_n) :
  [char K] =i pred0 -> a != 0 -> (0 < L)%N -> power M (b + L) = power M b ->
  v *m (M - a%:M) *m (M - a%:M) = 0 -> v *m (M - a%:M) = 0.
Proof.
move=> char0 a0 L0 same; set w := v *m _ => wM.
have wK : w *m M = a *: w by apply/eqP; rewrite -subr_eq0 -mul_mx_scalar -mulmxBr wM.
have vK : v *m M = a *: v + w by rewrite /w mulmxBr mul_mx_scalar addrC subrK.
have wp t : w *m power M t = a ^+ t *: w.
  elim: t => [|t IH]; first by rewrite power0 mulmx1 expr0 scale1r.
  by rewrite powerSr mulmxA IH -scalemxAl wK scalerA -exprSr.
have vp t : v *m power M t.+1 = a ^+ t.+1 *: v + (t.+1%:R * a ^+ t) *: w.
  elim: t => [|t IH]; first by rewrite power1 expr1 expr0 mul1r scale1r.
  rewrite powerSr mulmxA IH mulmxDl -!scalemxAl vK wK scalerDr !scalerA -exprSr -addrA; congr (_ + _).
  by rewrite -scalerDl -mulrA -exprSr [t.+2%:R]mulrSr mulrDl mul1r addrC.
apply/eqP; apply: contraTT isT => w0.
have aL : a ^+ (b + L) = a ^+ b.
  have := wp (b + L)%N; rewrite same wp => /eqP; rewrite -subr_eq0 -scalerBl scalemx_eq0 (negbTE w0) orbF subr_eq0.
  by move/eqP.
have := congr1 (fun P => v *m (M *m P)) same.
rewrite -![M *m power M _]/(power M _.+1) !vp !exprS aL => /addrI/eqP; rewrite -subr_eq0 -scalerBl -mulrBl.
rewrite -addSn natrD addrC addKr scalemx_eq0 (negbTE w0) orbF mulf_eq0 expf_eq0 (negbTE a0) andbF orbF.
by case: L L0 {same aL} => // L _; move/charf0P: char0 => ->.
Qed.

Section SelectionDefinitions.
Variables (K : fieldType) (p d : nat) (negative : 'I_d -> bool).

(** The sign of a cycle: its reads count, shifts have none. *)
Definition sign_of (C : {set 'I_p.+1 * 'I_d}) : K := \prod_(x in C) (if (x.1 < p)%N then 1 else (-1) ^+ negative x.2).

End SelectionDefinitions.

Theorem spectrum (K : fieldType) (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (negative : 'I_d -> bool)
    (F := selection K block component negative) (pi := follow block component) (a : K) :
  a != 0 ->
  \rank (eigenspace (companion F) a) = #|[set C in cycles pi | a ^+ #|C| == sign_of K negative C]|.
Proof.
exact: (eigenvectors (@unit_row_entry K p d) (@zero_by_units K p d) (unit_row_step K block component negative)).
Qed.

Theorem cycles_are_semisimple (K : fieldType) (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d)
    (negative : 'I_d -> bool) (Phi := companion (selection K block component negative)) (a : K) (v : 'rV[K]_(components p d)) :
  [char K] =i pred0 -> a != 0 -> v *m (Phi - a%:M) *m (Phi - a%:M) = 0 -> v *m (Phi - a%:M) = 0.
Proof.
move=> char0 a0; have squares (x : 'I_p.+1 * 'I_d) : factor K negative x * factor K negative x = 1 :> K.
  by rewrite /factor; case: ifP => _; rewrite ?mulr1 // -expr2 sqrr_sign.
have [b [L [L0 same]]] := powers_return (@zero_by_units K p d) (unit_row_step K block component negative) squares.
exact: semisimple_if_powers_return same.
Qed.

Theorem the_rest_is_nilpotent (K : fieldType) (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d)
    (negative : 'I_d -> bool) (F := selection K block component negative) t :
  (components p d <= t)%N -> \rank (power (companion F) t) = #|[set x | returns (follow block component) x]|.
Proof.
move=> nt; rewrite -(@images_shrink _ (follow block component) t); last first.
  by rewrite card_prod !card_ord; move: nt; rewrite sum_nat_const card_ord.
exact: (rank_power (factor0 K negative) (@unit_row_entry K p d) (@zero_by_units K p d) (unit_row_step K block component negative)).
Qed.
